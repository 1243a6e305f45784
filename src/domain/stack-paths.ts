/**
 * Paths of a repository as one list, each once and none below another. Empty when one of them is the root: everything is meant
 * then.
 */
export function joinedPaths(paths: readonly string[]): string[] {
  const all = [...new Set(paths.map((path) => path.replace(/^(\.\/)+/, '').replace(/\/+$/, '')))];
  if (all.some((path) => path === '.' || path === '')) return [];
  return all.filter((path) => !all.some((other) => path !== other && path.startsWith(`${other}/`))).sort();
}

/** Whether one of two paths is the other, or lies below it. */
export function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/**
 * The paths that count as one stack's: its own folder, and what its plan reads besides. A commit below any of them is a change of
 * the stack. Empty: every commit is.
 */
export function stackPaths(path: string, sources: readonly string[]): string[] {
  return joinedPaths([path, ...sources]);
}
