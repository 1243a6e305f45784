import { drawnBranches, repoNames, unknownRepo } from './environment-checks.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { list, section, textOf } from './raw-value.ts';
import { repositoryPlace } from './repo-url.ts';

/** As the schema has it. */
const DEFAULT_REF = 'refs/heads/plumbline-audit';

/** Anchors of the audit log in a repository that is not one of `repos`, or in a branch that one of them is synced from. */
export function auditProblems(config: unknown): ConfigProblem[] {
  const repos = repoNames(config);
  return list(section(config, 'audit'), 'anchors').flatMap((anchor, index) => {
    const git = section(anchor, 'git');
    const repo = textOf(git, 'repo');
    if (repo === undefined) return [];
    const path: ConfigPath = ['audit', 'anchors', index, 'git'];
    if (!repos.includes(repo)) return [unknownRepo(repo, repos, [...path, 'repo'])];
    return syncedRefProblems(config, { repo, ref: textOf(git, 'ref') ?? DEFAULT_REF }, [...path, 'ref']);
  });
}

/** Heads in a branch that is synced would be planned as if they were somebody's work. */
function syncedRefProblems(
  config: unknown,
  { repo, ref }: { repo: string; ref: string },
  path: ConfigPath,
): ConfigProblem[] {
  const repos = list(config, 'repos');
  const placeOf = (each: unknown) => repositoryPlace(textOf(each, 'url') ?? '');
  const place = placeOf(repos.find((each) => textOf(each, 'name') === repo));
  const drawn = drawnBranches(config);
  const follows = (each: unknown): boolean => {
    const name = textOf(each, 'name');
    const branches = [
      textOf(each, 'branch'),
      ...drawn.flatMap((one) => (one.entry === name ? one.branch : [])),
    ];
    return branches.some((branch) => `refs/heads/${branch}` === ref);
  };
  const synced = repos.find((each) => placeOf(each) === place && follows(each));
  if (synced === undefined) return [];
  return [
    {
      path,
      message: `is the branch that ${textOf(synced, 'name') ?? 'a repository'} is synced from`,
      suggestion: `give the heads a ref of their own, such as ${DEFAULT_REF}`,
    },
  ];
}
