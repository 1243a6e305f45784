import type { AuditHead } from './record.ts';

/** An anchor of the audit log that has not got what it should have. */
export interface AnchorTrouble {
  name: string;
  /** `failing`: the last head could not be written to it. `lagging`: nobody has tried for a while. */
  state: 'failing' | 'lagging';
  /** Since when, ISO 8601: of the first failure, or of the head that it lacks. */
  since: string;
  /** Stable code of the failure; null where there was none. */
  code: string | null;
}

/** The last failure of an anchor. */
export interface AnchorFailure {
  since: string;
  code: string;
}

/** Heads are tried every minute: one that is missing for longer waits for nobody. */
const LATE_MS = 180_000;

/**
 * The anchors that fail or lag behind the newest head.
 * @param failures by anchor, as this process knows them
 */
export function anchorTroubles(
  names: readonly string[],
  newest: Pick<AuditHead, 'at' | 'anchor'> | undefined,
  failures: ReadonlyMap<string, AnchorFailure>,
  now: Date,
): AnchorTrouble[] {
  const there = newest ? anchorsOf(newest) : names;
  const late = newest !== undefined && now.getTime() - Date.parse(newest.at) > LATE_MS;
  return names.flatMap((name): AnchorTrouble[] => {
    const failure = failures.get(name);
    if (failure) return [{ name, state: 'failing', ...failure }];
    if (!late || there.includes(name)) return [];
    return [{ name, state: 'lagging', since: newest.at, code: null }];
  });
}

const SEPARATOR = ' | ';

/** The names of the anchors that a head was written to. */
export function anchorsOf({ anchor }: Pick<AuditHead, 'anchor'>): string[] {
  return anchor === '' ? [] : anchor.split(SEPARATOR);
}

/** How these names stand beside a head. */
export function anchorText(names: Iterable<string>): string {
  return [...names].join(SEPARATOR);
}
