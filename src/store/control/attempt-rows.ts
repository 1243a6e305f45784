import type { Selectable } from 'kysely';
import type { Attempt, AttemptProcess, Backup, Lease } from '../../domain/attempt.ts';
import type { NewAttempt } from '../control.ts';
import { failureColumns, failureOf, storable } from '../failure-columns.ts';
import { utc } from '../times.ts';
import type { AttemptTable, BackupTable, LeaseTable } from './tables.ts';

type Emergency = NonNullable<Attempt['emergency']>;

/** A new attempt as columns. */
export function newAttemptRow(attempt: NewAttempt, fence: number): AttemptTable {
  return {
    id: attempt.id,
    kind: attempt.kind,
    repo: attempt.repo,
    stack_key: attempt.stackKey,
    task_id: attempt.taskId,
    job_id: attempt.jobId,
    digest: storable(attempt.digest),
    commit: attempt.commit,
    rule: attempt.rule,
    emergency: attempt.emergency ? storable(JSON.stringify(attempt.emergency)) : null,
    approval_id: attempt.approvalId,
    status: 'started',
    fence,
    worker: JSON.stringify(attempt.worker),
    tool: null,
    output_path: attempt.outputPath,
    backup_id: null,
    started_at: utc(attempt.startedAt),
    ended_at: null,
    summary: '',
    ...failureColumns(null),
  };
}

/** The attempt that columns hold. */
export function toAttempt(row: Selectable<AttemptTable>): Attempt {
  return {
    id: row.id,
    kind: row.kind,
    repo: row.repo,
    stackKey: row.stack_key,
    taskId: row.task_id,
    jobId: row.job_id,
    digest: row.digest,
    commit: row.commit,
    rule: row.rule,
    ...(row.emergency === null ? {} : { emergency: JSON.parse(row.emergency) as Emergency }),
    approvalId: row.approval_id,
    status: row.status,
    fence: row.fence,
    worker: JSON.parse(row.worker) as AttemptProcess,
    tool: row.tool === null ? null : (JSON.parse(row.tool) as AttemptProcess),
    outputPath: row.output_path,
    backupId: row.backup_id,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    summary: row.summary,
    error: failureOf(row),
  };
}

/** The lease that columns hold; undefined when nobody holds it. */
export function toLease(row: Selectable<LeaseTable>): Lease | undefined {
  if (row.attempt_id === null) return undefined;
  return {
    repo: row.repo,
    stackKey: row.stack_key,
    fence: row.fence,
    attemptId: row.attempt_id,
    worker: JSON.parse(row.worker) as AttemptProcess,
    takenAt: row.taken_at,
    renewedAt: row.renewed_at,
  };
}

/** A backup as columns. */
export function backupRow(backup: Backup): BackupTable {
  return {
    id: backup.id,
    repo: backup.repo,
    stack_key: backup.stackKey,
    job_id: backup.jobId,
    attempt_id: backup.attemptId,
    content: backup.content,
    lineage: storable(backup.lineage),
    serial: backup.serial,
    commit: backup.commit,
    created_at: utc(backup.createdAt),
  };
}

/** The backup that columns hold. */
export function toBackup(row: Selectable<BackupTable>): Backup {
  return {
    id: row.id,
    repo: row.repo,
    stackKey: row.stack_key,
    jobId: row.job_id,
    attemptId: row.attempt_id,
    content: row.content,
    lineage: row.lineage,
    serial: row.serial,
    commit: row.commit,
    createdAt: row.created_at,
  };
}
