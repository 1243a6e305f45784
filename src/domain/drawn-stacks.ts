import { branchOf, covers, fits } from './environments.ts';
import { entryName, isDerived } from './repo-name.ts';
import type { PublishedSettings } from './settings.ts';

type Settings = Pick<PublishedSettings, 'repos' | 'environments'>;

/**
 * Whether a folder of a repo's branch is a stack of that repo. A repo that was made for the branch of an environment has what
 * that environment's `paths` cover, and all there is without `paths`. What they cover is then no stack of the entry's own branch,
 * unless an environment draws on it there: a folder is not applied from two branches because one was listed first.
 */
export function drawsStack(
  { repos, environments }: Settings,
  { repo, path }: { repo: string; path: string },
): boolean {
  const sources = environments.flatMap((environment) => environment.sources);
  if (isDerived(repo)) {
    return sources.some(({ repo: from, paths }) => from === repo && covers(paths, path));
  }
  const elsewhere = sources.some(
    ({ repo: from, paths }) =>
      from !== null && isDerived(from) && entryName(from) === repo && paths.length > 0 && covers(paths, path),
  );
  const ref = branchOf(repos, repo);
  return !elsewhere || sources.some((source) => fits(source, { repo, ref, path }));
}
