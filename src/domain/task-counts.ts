import type { Job, TaskCounts } from './task.ts';

/** What the counts of a task are made of. */
export type CountedJob = Pick<Job, 'status' | 'outcome'>;

/** The counts of a task of which these are all jobs, or of the part of one that somebody may see. */
export function countsOfJobs(jobs: readonly CountedJob[]): TaskCounts {
  const withStatus = (status: Job['status']): number => jobs.filter((job) => job.status === status).length;
  const withOutcome = (...outcomes: Job['outcome'][]): number =>
    jobs.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    total: jobs.length,
    queued: withStatus('pending'),
    running: withStatus('running'),
    completed: withStatus('completed'),
    failed: withStatus('failed'),
    drifted: withOutcome('drifted', 'pending', 'drifted_and_pending'),
    errored: withOutcome('errored'),
    liveDrifted: withOutcome('drifted', 'drifted_and_pending'),
    pending: withOutcome('pending', 'drifted_and_pending'),
  };
}
