import type { Failure } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import { failureOutcome } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import type { ManyJobSteps, SettledJobs } from './job-types.ts';

/** Fails a job for good; an ended job stays as it is. */
export async function failJob(
  deps: ActivityDeps,
  jobId: string,
  error: Failure,
  options: { keepStack: boolean },
): Promise<{ outcome: string }> {
  const { store, metrics } = deps;
  const job = await store.jobs.get(jobId);
  if (!job) throw new PlumblineError('job_unknown', `The store knows no job ${jobId}.`);
  if (job.status === 'completed' || job.status === 'failed') return { outcome: job.outcome ?? 'unknown' };
  const outcome = failureOutcome(error.code);
  const stopped = error.code === 'cancelled' || error.code === 'task_too_old';
  // A plan that never ran because its task was stopped says nothing about the stack: what was known of it stays,
  // and the job ends with its task.
  if (stopped && job.attempts === 0) return { outcome };
  const at = deps.now().toISOString();
  await store.jobs.fail(jobId, outcome, error, at, options);
  const seconds = job.startedAt === null ? null : (Date.parse(at) - Date.parse(job.startedAt)) / 1000;
  metrics.jobEnded({ repo: job.repo, kind: job.kind, status: 'failed', outcome, seconds });
  return { outcome };
}

/** Fails those of the jobs that have not ended; see `ManyJobSteps`. */
export async function settleJobs(
  deps: ActivityDeps,
  { job_ids, error }: Parameters<ManyJobSteps['settleJobs']>[0],
): Promise<SettledJobs> {
  const settled: SettledJobs = { completed: 0, failed: 0, drifted: 0, left: [] };
  const failure = error && { ...error, message: deps.redactor.redact(error.message) };
  for (const id of job_ids) {
    if (failure !== null) await failJob(deps, id, failure, { keepStack: false });
    const job = await deps.store.jobs.get(id);
    if (job?.status !== 'completed') settled.failed += 1;
    else {
      settled.completed += 1;
      if (job.outcome !== 'in_sync') settled.drifted += 1;
    }
    if (job?.status === 'pending' || job?.status === 'running') settled.left.push(id);
  }
  return settled;
}
