const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** How long ago something was, for people, in the largest unit that fits: `4 min ago`. */
export function ago(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? UNITS.at(-1)!;
  return `${Math.max(0, Math.floor(ms / size))} ${unit} ago`;
}
