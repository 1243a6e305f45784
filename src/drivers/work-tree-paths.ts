import { posix } from 'node:path';
import { matchesPathGlob } from '../domain/glob.ts';

/** A path of the repository in its one form, or undefined when it leads out of it. */
export function repoPath(text: string): string | undefined {
  const path = posix.normalize(text.replace(/^\/+/, '')).replace(/\/+$/, '');
  if (path === '..' || path.startsWith('../')) return undefined;
  return path === '' ? '.' : path;
}

/** Whether discovery's globs let a folder through: any of `include` (none means all), and none of `exclude`. */
export function isSelected(
  path: string,
  globs: { include: readonly string[]; exclude: readonly string[] },
): boolean {
  const matches = (glob: string) => matchesPathGlob(glob.replace(/\/+$/, ''), path);
  return (globs.include.length === 0 || globs.include.some(matches)) && !globs.exclude.some(matches);
}
