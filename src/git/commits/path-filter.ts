import { pathMatcher } from '../../domain/glob.ts';

const GLOB = /[*?[\]{}()]/;

/**
 * A test for paths of a repository: whether a path is one of these, or lies below one. Each is a file, a folder or a glob over
 * either (`terraform/prod`, `k8s/*`, `**\/*.tf`); `.` and an empty list mean everything.
 */
export function pathFilter(paths: readonly string[]): (path: string) => boolean {
  const tests = paths.map(oneFilter);
  return tests.length === 0 ? () => true : (path) => tests.some((test) => test(path));
}

function oneFilter(written: string): (path: string) => boolean {
  const path = written.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  if (path === '' || path === '.') return () => true;
  const literal = (tested: string) => tested === path || tested.startsWith(`${path}/`);
  // A leading "!" would turn the glob round: everything else.
  if (!GLOB.test(path) || path.startsWith('!')) return literal;
  const [self, below] = [pathMatcher(path), pathMatcher(`${path}/**`)];
  return (tested) => literal(tested) || self(tested) || below(tested);
}
