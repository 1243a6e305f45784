import type { Attempt, AttemptProcess, Backup } from '../../domain/attempt.ts';
import type { AttemptJson, BackupJson } from '../schemas/attempt.ts';

/** An attempt as the API shows it. */
export function attemptJson(attempt: Attempt): AttemptJson {
  return {
    id: attempt.id,
    kind: attempt.kind,
    repo: attempt.repo,
    stack: attempt.stackKey,
    task_id: attempt.taskId,
    job_id: attempt.jobId,
    digest: attempt.digest,
    commit: attempt.commit,
    rule: attempt.rule,
    emergency: attempt.emergency ? { by: attempt.emergency.by, reason: attempt.emergency.reason } : null,
    approval_id: attempt.approvalId,
    status: attempt.status,
    worker: processText(attempt.worker),
    backup_id: attempt.backupId,
    started_at: attempt.startedAt,
    ended_at: attempt.endedAt,
    summary: attempt.summary,
    error: attempt.error && { code: attempt.error.code, message: attempt.error.message },
  };
}

/** `host:pid`, as workers are named everywhere. */
export function processText({ host, pid }: AttemptProcess): string {
  return `${host}:${pid}`;
}

/** A saved state as the API shows it: never its content. */
export function backupJson(backup: Backup): BackupJson {
  return {
    id: backup.id,
    repo: backup.repo,
    stack: backup.stackKey,
    job_id: backup.jobId,
    attempt_id: backup.attemptId,
    lineage: backup.lineage,
    serial: backup.serial,
    commit: backup.commit,
    created_at: backup.createdAt,
  };
}
