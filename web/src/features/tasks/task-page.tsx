import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { isNotFound } from '../../api/api-error.ts';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import type { TaskJson } from '../../api/types.ts';
import { Breadcrumbs, crumbsOfRepo } from '../../shell/breadcrumbs.tsx';
import { NotFoundPage } from '../../shell/not-found-page.tsx';
import { Commit } from '../../ui/commit.tsx';
import { PageTitle } from '../../ui/page-title.tsx';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { TaskEmergency } from '../attempts/emergency-notice.tsx';
import { VerdictList } from '../remediation/verdict-list.tsx';
import { taskQuery } from './get-task.ts';
import { TaskJobs } from './task-jobs.tsx';
import { TaskLook } from './task-look.tsx';
import { TaskPanel } from './task-panel.tsx';
import { TaskRemediation } from './task-remediation.tsx';
import { TaskWaiting } from './task-waiting.tsx';
import { starterWords } from './task-words.ts';
import classes from './task-page.module.css';

/** One task by its ID: followed live while it runs, and its jobs. */
export function TaskPage() {
  const id = useParams()['id'] ?? '';
  const task = useQuery(taskQuery(useApi(), id));
  if (task.data === undefined && isNotFound(task.error)) return <NotFoundPage what={`The task ${id}`} />;
  return (
    <div className="page">
      <PageTitle parts={[id]} />
      {task.data !== undefined && <Breadcrumbs way={crumbsOfRepo(task.data.repo_name)} here={`Task ${id}`} />}
      <h1>Task {id}</h1>
      {task.data === undefined ? (
        task.isError ? (
          <QueryFailure what={`The task ${id}`} error={task.error} retry={() => void task.refetch()} />
        ) : (
          <SkeletonRows rows={4} height={56} label={`Loading ${id}`} />
        )
      ) : (
        <TaskDetail task={task.data} />
      )}
    </div>
  );
}

function TaskDetail({ task }: { task: TaskJson }) {
  const queries = useQueryClient();
  const refresh = () => {
    for (const queryKey of [
      ['task', task.id],
      ['task-jobs', task.id],
      ['task-verdicts', task.id],
      ['task-remediation', task.id],
      ['attempts', 'of-task', task.id],
      ['approvals'],
    ]) {
      void queries.invalidateQueries({ queryKey });
    }
  };
  return (
    <>
      <dl className={classes.facts}>
        <div>
          <dt>Status</dt>
          <dd>
            <TaskLook status={task.status} />
          </dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>
            <RelativeTime at={task.started_at} />
          </dd>
        </div>
        <div>
          <dt>Trigger</dt>
          <dd>{starterWords(task)}</dd>
        </div>
        <div>
          <dt>Commit</dt>
          <dd>
            <Commit sha={task.commit} />
          </dd>
        </div>
        {task.stack !== null && (
          <div>
            <dt>Stack</dt>
            <dd>
              <Link to={stackPage(task.repo_name, task.stack)}>
                <StackLabel stackKey={task.stack} />
              </Link>
            </dd>
          </div>
        )}
      </dl>
      {task.kind !== 'scan' && <TaskEmergency taskId={task.id} />}
      <TaskWaiting task={task} />
      <TaskPanel task={task} onEnd={refresh} onClose={null} />
      {task.kind !== 'scan' && <VerdictList taskId={task.id} repo={task.repo_name} />}
      <TaskRemediation task={task} />
      <section className="section" aria-labelledby="jobs-title">
        <div className="section-head">
          <h2 id="jobs-title">Jobs</h2>
          {task.kind !== 'scan' && <span className="muted">as planned, before anything was applied</span>}
        </div>
        <div className={`card ${classes.jobs}`}>
          <TaskJobs task={task} />
        </div>
      </section>
    </>
  );
}
