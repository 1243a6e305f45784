import type { EnvironmentSettings, EnvironmentSource } from '../domain/eligibility/policy.ts';
import { derivedRepoName } from '../domain/repo-name.ts';
import type { RepoSettings } from '../domain/settings.ts';

/**
 * The repos of a config with those that its environments ask for: a source whose `ref` its repo does not follow gives a repo of
 * that branch, beside the entry and otherwise like it (the model is Flux, with one source for each URL and branch). The source
 * then names that repo, so that all who read the settings see nothing but repos, each with its one branch.
 */
export function withDerivedRepos(
  entries: readonly RepoSettings[],
  environments: readonly EnvironmentSettings[],
): { repos: RepoSettings[]; environments: EnvironmentSettings[] } {
  const branches = (entry: RepoSettings): string[] => [
    ...new Set(
      environments.flatMap(({ sources }) => sources.flatMap((source) => foreignBranch(entry, source) ?? [])),
    ),
  ];
  const repos = entries.flatMap((entry) => [
    entry,
    ...branches(entry).map((branch) => ({ ...entry, name: derivedRepoName(entry.name, branch), branch })),
  ]);
  const named = (source: EnvironmentSource): EnvironmentSource => {
    const entry = entries.find((each) => foreignBranch(each, source) !== undefined);
    return entry === undefined ? source : { ...source, repo: derivedRepoName(entry.name, source.ref!) };
  };
  return {
    repos,
    environments: environments.map((each) => ({ ...each, sources: each.sources.map(named) })),
  };
}

/** The branch that a source wants of an entry which follows another one. */
function foreignBranch(entry: RepoSettings, { repo, ref }: EnvironmentSource): string | undefined {
  return ref !== null && repo === entry.name && ref !== entry.branch ? ref : undefined;
}
