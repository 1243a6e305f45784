import type { Job, Task } from '../../domain/task.ts';
import type { JobJson, TaskJson } from '../schemas/task.ts';

/** A task in driftd's shape, with Plumbline's fields after it. */
export function taskJson(task: Task): TaskJson {
  return {
    id: task.id,
    repo_name: task.repo,
    status: task.status,
    total: task.counts.total,
    queued: task.counts.queued,
    running: task.counts.running,
    completed: task.counts.completed,
    failed: task.counts.failed,
    drifted: task.counts.drifted,
    errored: task.counts.errored,
    live_drifted: task.counts.liveDrifted,
    pending: task.counts.pending,
    kind: task.kind,
    trigger: task.trigger,
    commit: task.commit,
    actor: task.actor,
    stack: task.stackKey,
    started_at: task.startedAt,
    ended_at: task.endedAt,
    error: task.error && { code: task.error.code, message: task.error.message },
  };
}

/** A job as the API shows it. */
export function jobJson(job: Job): JobJson {
  return {
    id: job.id,
    task_id: job.taskId,
    repo_name: job.repo,
    stack_path: job.path,
    stack: job.stackKey,
    kind: job.kind,
    status: job.status,
    attempts: job.attempts,
    commit: job.commit,
    outcome: job.outcome,
    drift: job.drift,
    pending: job.pending,
    severity: job.severity,
    digest: job.digest,
    created_at: job.createdAt,
    started_at: job.startedAt,
    ended_at: job.endedAt,
    error: job.error && { code: job.error.code, message: job.error.message },
  };
}
