import type { Change, Severity } from '../change.ts';

type Seen = Pick<Change, 'address' | 'movedFrom' | 'cause'>;

/** The resources that live moved, by address. */
export function driftedAddresses(changes: readonly Seen[]): Set<string> {
  return new Set(changes.filter(isDrift).map(({ address }) => address));
}

/**
 * How many resources of each severity have drifted since the stack was last looked at. Drift that stands over ten scans is
 * one instance, also when Git gave its resource another address meanwhile.
 */
export function newDrift(
  changes: readonly (Seen & Pick<Change, 'severity'>)[],
  standing: ReadonlySet<string>,
): Map<Severity, number> {
  const counts = new Map<Severity, number>();
  for (const change of changes) {
    const stood =
      standing.has(change.address) || (change.movedFrom !== undefined && standing.has(change.movedFrom));
    if (isDrift(change) && !stood) counts.set(change.severity, (counts.get(change.severity) ?? 0) + 1);
  }
  return counts;
}

function isDrift({ cause }: Seen): boolean {
  return cause !== 'pending';
}
