import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { isNotFound } from '../../api/api-error.ts';
import { useApi } from '../../api/api-context.ts';
import { Breadcrumbs, crumbsOfRepo } from '../../shell/breadcrumbs.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { stackName } from '../../ui/stack-name.ts';
import { ApprovalPanel } from '../approvals/approval-panel.tsx';
import { attemptsQuery } from '../attempts/get-attempts.ts';
import { repoQuery } from '../repo/get-repo.ts';
import { getRepoName } from '../repo/repo-name.ts';
import { FollowedTask } from '../tasks/followed-task.tsx';
import { planQuery } from './get-plan.ts';
import { StackDetail } from './stack-detail.tsx';
import { StackHeader } from './stack-header.tsx';

/** One stack: its status, what differs and why, the plan's text, and its history. */
export function StackPage() {
  const params = useParams();
  const repo = getRepoName(params);
  const key = params['*'] ?? '';
  const name = stackName(key);
  const api = useApi();
  const answer = useQuery(planQuery(api, repo, key));
  const active = useQuery(repoQuery(api, repo)).data?.active_task ?? null;
  const attempts = useQuery(attemptsQuery(api, repo, key, active !== null)).data ?? [];
  if (answer.data === undefined && isNotFound(answer.error)) {
    return <NotFoundPage what={`The stack ${name} of ${repo}`} />;
  }
  return (
    <div className="page">
      <PageTitle parts={[name, repo]} />
      <Breadcrumbs way={crumbsOfRepo(repo)} here={name} />
      {answer.data === undefined ? (
        <>
          <h1>{name}</h1>
          {answer.isError ? (
            <QueryFailure
              what={`The stack ${name}`}
              error={answer.error}
              retry={() => void answer.refetch()}
            />
          ) : (
            <SkeletonRows rows={6} height={56} label={`Loading ${name}`} />
          )}
        </>
      ) : (
        <>
          <StackHeader stack={answer.data.stack} active={active} />
          <ApprovalPanel repo={repo} stack={key} />
          <FollowedTask
            repo={repo}
            active={active}
            loggedElsewhere={attempts.map((attempt) => attempt.task_id)}
          />
          <StackDetail answer={answer.data} attempts={attempts} />
        </>
      )}
    </div>
  );
}
