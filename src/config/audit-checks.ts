import { repoNames, unknownRepo } from './environment-checks.ts';
import type { ConfigProblem } from './problem.ts';
import { list, section, textOf } from './raw-value.ts';

/** Anchors of the audit log in a repository that is not one of `repos`. */
export function auditProblems(config: unknown): ConfigProblem[] {
  const repos = repoNames(config);
  return list(section(config, 'audit'), 'anchors').flatMap((anchor, index) => {
    const repo = textOf(section(anchor, 'git'), 'repo');
    if (repo === undefined || repos.includes(repo)) return [];
    return [unknownRepo(repo, repos, ['audit', 'anchors', index, 'git', 'repo'])];
  });
}
