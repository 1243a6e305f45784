import type { RepoJson, StackJson } from '../../api/types.ts';
import { SEVERITY_ORDER } from '../../ui/status.ts';
import { isFiltered, type StackFilters } from '../stack-list/stack-filters.ts';

/**
 * The repos that stand on the dashboard, those with a running task first, then by urgency and name. With filters:
 * the repos of the matching stacks, and, when only searched, those whose name has the words.
 */
export function chooseRepos(
  repos: readonly RepoJson[],
  matching: readonly StackJson[],
  filters: StackFilters,
): RepoJson[] {
  const holding = new Set(matching.map((stack) => stack.repo));
  const onlySearched = filters.q !== '' && !isFiltered({ ...filters, q: '' });
  const named = (repo: RepoJson) =>
    onlySearched && repo.name.toLowerCase().includes(filters.q.trim().toLowerCase());
  return repos
    .filter((repo) => !isFiltered(filters) || holding.has(repo.name) || named(repo))
    .sort((a, b) => urgency(b) - urgency(a) || (a.name < b.name ? -1 : 1));
}

function urgency(repo: RepoJson): number {
  const severity = repo.severity === null ? 0 : SEVERITY_ORDER.length - SEVERITY_ORDER.indexOf(repo.severity);
  return (repo.active_task === null ? 0 : 100) + severity * 10 + (repo.stacks.errored > 0 ? 5 : 0);
}
