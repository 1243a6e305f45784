import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { isNotFound } from '../../api/api-error.ts';
import { useApi } from '../../api/api-context.ts';
import { Breadcrumbs, DASHBOARD } from '../../shell/breadcrumbs.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { GraphSection } from '../graph/graph-section.tsx';
import { FollowedTask } from '../tasks/followed-task.tsx';
import { getRepoName } from './repo-name.ts';
import { repoQuery } from './get-repo.ts';
import { RepoHeader } from './repo-header.tsx';
import { RepoStacks } from './repo-stacks.tsx';
import { TaskHistory } from './task-history.tsx';

/** One repo: its state and schedule, its running task, its stacks and its tasks. */
export function RepoPage() {
  const name = getRepoName(useParams());
  const repo = useQuery(repoQuery(useApi(), name));
  if (repo.data === undefined && isNotFound(repo.error)) return <NotFoundPage what={`The repo ${name}`} />;
  return (
    <div className="page">
      <PageTitle parts={[name]} />
      <Breadcrumbs way={[DASHBOARD]} here={name} />
      {repo.data === undefined ? (
        <>
          <h1>{name}</h1>
          {repo.isError ? (
            <QueryFailure what={`The repo ${name}`} error={repo.error} retry={() => void repo.refetch()} />
          ) : (
            <SkeletonRows rows={7} height={52} label={`Loading ${name}`} />
          )}
        </>
      ) : (
        <>
          <RepoHeader repo={repo.data} />
          <FollowedTask repo={name} active={repo.data.active_task} />
          <RepoStacks repo={repo.data} />
          <GraphSection repo={name} busy={repo.data.active_task !== null} />
          <TaskHistory tasks={repo.data.tasks} />
        </>
      )}
    </div>
  );
}
