import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import type { JobJson, TaskJson } from '../../api/types.ts';
import { QueryFailure } from '../../ui/query-failure.tsx';
import { SkeletonRows } from '../../ui/skeleton-rows.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { taskJobsQuery } from './get-task-jobs.ts';
import { jobWord } from './task-words.ts';
import classes from './task-jobs.module.css';

const FIRST_SHOWN = 50;

/** The jobs of a task; those that found something come first. */
export function TaskJobs({ task }: { task: TaskJson }) {
  const jobs = useQuery(taskJobsQuery(useApi(), task.id, task.status === 'running'));
  const [showAll, setShowAll] = useState(false);
  if (jobs.data === undefined) {
    return jobs.isError ? (
      <QueryFailure what="The jobs" error={jobs.error} retry={() => void jobs.refetch()} />
    ) : (
      <SkeletonRows rows={3} height={24} label="Loading the jobs" />
    );
  }
  const sorted = [...jobs.data].sort((a, b) => weight(b) - weight(a));
  const shown = showAll ? sorted : sorted.slice(0, FIRST_SHOWN);
  return (
    <>
      {sorted.length === 0 && <p className="muted">This task has no jobs.</p>}
      <ul className={classes.jobs}>
        {shown.map((job) => (
          <JobLine key={job.id} job={job} />
        ))}
      </ul>
      {shown.length < sorted.length && (
        <Button variant="subtle" size="compact-sm" onClick={() => setShowAll(true)}>
          Show all {sorted.length} jobs
        </Button>
      )}
    </>
  );
}

function JobLine({ job }: { job: JobJson }) {
  const ended = job.outcome !== null;
  return (
    <li className={classes.job}>
      <span>
        {ended ? <StatusBadge status={job.outcome} /> : <span className="muted">{jobWord(job.status)}</span>}
      </span>
      <Link to={stackPage(job.repo_name, job.stack)}>
        <StackLabel stackKey={job.stack} />
      </Link>
      <span className={classes.note}>
        <bdi>{job.error?.message ?? countWords(job)}</bdi>
        {job.attempts > 1 && ` (${job.attempts} attempts)`}
      </span>
    </li>
  );
}

function countWords(job: JobJson): string {
  const words = [];
  if (job.drift > 0) words.push(`${job.drift} drift`);
  if (job.pending > 0) words.push(`${job.pending} pending`);
  return words.join(', ');
}

function weight(job: JobJson): number {
  if (job.error !== null) return 1_000_000;
  return job.drift * 1_000 + job.pending + (job.outcome === null ? 0.5 : 0);
}
