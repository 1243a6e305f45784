import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { useStackList } from '../stack-list/use-stack-list.ts';
import { AttentionSection } from './attention-section.tsx';
import { getAttention } from './attention.ts';
import { reposQuery } from './get-repos.ts';
import { stacksQuery } from './get-stacks.ts';
import { NoRepos } from './no-repos.tsx';
import { RepoSection } from './repo-section.tsx';
import { Totals } from './totals.tsx';

/** The dashboard: totals, every repo, and the stacks that need attention. */
export function DashboardPage() {
  const api = useApi();
  const repos = useQuery(reposQuery(api));
  const busy = repos.data?.some((repo) => repo.active_task !== null) ?? false;
  const stacks = useQuery(stacksQuery(api, busy));
  const all = stacks.data ?? [];
  const list = useStackList(all);
  const failure = repos.data === undefined ? repos.error : stacks.data === undefined ? stacks.error : null;

  return (
    <div className="page">
      <PageTitle parts={['Dashboard']} />
      <h1>Dashboard</h1>
      {failure !== null ? (
        <QueryFailure
          what="The dashboard"
          error={failure}
          retry={() => void Promise.all([repos.refetch(), stacks.refetch()])}
        />
      ) : repos.data === undefined || stacks.data === undefined ? (
        <SkeletonRows rows={8} height={52} label="Loading the dashboard" />
      ) : repos.data.length === 0 ? (
        <NoRepos />
      ) : (
        <>
          <Totals
            stacks={all}
            chosen={list.filters.status}
            onChoose={(status) => list.setFilters({ status })}
          />
          <RepoSection repos={repos.data} matching={list.matching} filters={list.filters} />
          <AttentionSection stacks={all} list={list} attention={getAttention(list)} />
        </>
      )}
    </div>
  );
}
