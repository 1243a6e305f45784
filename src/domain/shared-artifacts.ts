/** That an installation keeps its artifacts in a place. */
export interface ArtifactClaim {
  /** The installation's ID. */
  installation: string;
  /** How long ago it was noted. */
  ageMs: number;
}

/** Whether an installation may remove what its own store does not refer to, and if not, why. */
export type LeftoverRight =
  | { kind: 'alone' }
  | { kind: 'new' }
  | { kind: 'shared'; others: readonly string[] };

/** Others claim their place each night: within this time all have. */
const CLAIMED_BY_ALL_MS = 2 * 86_400_000;

/**
 * Leftovers may go only where nobody else keeps artifacts, because one installation can't know what the other's store refers to.
 * Until everybody has surely had the time to say so they stay.
 */
export function leftoverRight(installation: string, claims: readonly ArtifactClaim[]): LeftoverRight {
  const others = claims.map((claim) => claim.installation).filter((id) => id !== installation);
  if (others.length > 0) return { kind: 'shared', others: others.toSorted() };
  const own = claims.find((claim) => claim.installation === installation);
  return own && own.ageMs >= CLAIMED_BY_ALL_MS ? { kind: 'alone' } : { kind: 'new' };
}
