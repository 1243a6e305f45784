const MINUTE_MS = 60_000;
/** So many looks at a stack in a minute follow each other quickly; whoever changes it more often is not followed at every step. */
const QUICK_LOOKS = 6;
const QUICK_GAP_MS = 1_000;
const SLOW_GAP_MS = 15_000;
/** Changes belong together while none is this long after the one before … */
const QUIET_MS = 300;
/** … but the first of them does not wait longer than this. */
const LONGEST_MS = 900;

/** When a stack that somebody changes may be looked at, in ms since 1970: once it is quiet, and not too often. */
export function lookAt(
  wish: { firstMs: number; lastMs: number },
  /** When it was looked at before because of changes; in any order. */
  looks: readonly number[],
): number {
  const due = Math.min(wish.lastMs + QUIET_MS, wish.firstMs + LONGEST_MS);
  const recent = recentLooks(looks, due);
  if (recent.length === 0) return due;
  const gap = recent.length < QUICK_LOOKS ? QUICK_GAP_MS : SLOW_GAP_MS;
  return Math.max(due, Math.max(...recent) + gap);
}

/** Those that still count. */
export function recentLooks(looks: readonly number[], nowMs: number): number[] {
  return looks.filter((at) => nowMs - at < MINUTE_MS);
}
