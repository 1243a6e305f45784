import type { OptionalPart } from './left-out.ts';

type Progress = (message: string) => void;

/** A real program that the tests use. */
export interface RealPart {
  what: string;
  /** Finds it, or makes it. @throws Error that says how it is to be had */
  get: (say: Progress) => Promise<unknown>;
  /** The name to leave its tests out by; null when too much needs it. */
  name: OptionalPart | null;
}

/**
 * Makes sure of all parts but those left out, and says of each one that can't be had why, and how its tests are left out.
 * @returns a text per missing part; empty when all are there
 */
export async function missingParts(
  parts: readonly RealPart[],
  leftOut: readonly OptionalPart[],
  say: Progress,
): Promise<string[]> {
  const missing: string[] = [];
  for (const part of parts) {
    if (part.name !== null && leftOut.includes(part.name)) continue;
    try {
      await part.get(say);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const without =
        part.name === null ? '' : `\nOr leave its tests out: npm test -- --without ${part.name}`;
      missing.push(`${part.what}: ${why}${without}`);
    }
  }
  return missing;
}
