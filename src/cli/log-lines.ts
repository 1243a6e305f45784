import type { JobJson, TaskEventJson, TaskJson } from '../api/schemas/task.ts';

/** From what says most to what says least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One thing that Plumbline has done or found. */
export interface LogLine {
  /** ISO 8601. */
  at: string;
  level: LogLevel;
  repo: string;
  /** null: of the task as a whole. */
  stack: string | null;
  task: string;
  message: string;
}

/** Steps are told to everybody, what tools print to those who debug. */
const LEVEL_OF: Readonly<Record<string, LogLevel>> = { progress: 'info', log: 'debug', warning: 'warn' };

/** A line of a task's live log. */
export function eventLine(
  { id: task, repo_name: repo }: TaskJson,
  { at, kind, stack, message }: Extract<TaskEventJson, { type: 'log' }>,
): LogLine {
  return { at, level: LEVEL_OF[kind] ?? 'info', repo, stack, task, message };
}

/** That a task has begun. */
export function beginLine({
  id,
  repo_name: repo,
  kind,
  trigger,
  actor,
  commit,
  started_at,
}: TaskJson): LogLine {
  const by = actor === '' ? `by ${trigger}` : `by ${actor} (${trigger})`;
  const at = commit === '' ? '' : ` of ${commit.slice(0, 12)}`;
  return { at: started_at, level: 'info', repo, stack: null, task: id, message: `${kind}${at} begun ${by}` };
}

/** What a task came to; undefined: it has not ended. */
export function endLine(task: TaskJson): LogLine | undefined {
  const { id, repo_name: repo, kind, status, total, failed, live_drifted: drifted, pending, error } = task;
  if (task.ended_at === null) return undefined;
  const counts = [
    `${total} ${total === 1 ? 'stack' : 'stacks'}`,
    ...(drifted > 0 ? [`${drifted} drifted`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(', ');
  const why = error === null ? '' : `: ${error.message}`;
  const level = status === 'failed' ? 'error' : 'info';
  const words = status.replaceAll('_', ' ');
  return {
    at: task.ended_at,
    level,
    repo,
    stack: null,
    task: id,
    message: `${kind} ${words} (${counts})${why}`,
  };
}

/** Why a stack could not be planned; undefined: it could. */
export function failureLine({
  task_id: task,
  repo_name: repo,
  stack,
  error,
  ended_at,
}: JobJson): LogLine | undefined {
  if (error === null) return undefined;
  return {
    at: ended_at ?? '',
    level: 'error',
    repo,
    stack,
    task,
    message: `${error.code}: ${error.message}`,
  };
}

/** Whether a line is one of those that are wanted. */
export function isWanted(
  { level, repo, stack, at }: LogLine,
  wanted: { level: LogLevel; repo: string | undefined; stack: string | undefined; since: string },
): boolean {
  if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(wanted.level)) return false;
  if (wanted.repo !== undefined && repo !== wanted.repo) return false;
  if (wanted.stack !== undefined && stack !== null && stack !== wanted.stack) return false;
  return at >= wanted.since;
}

/** `2026-11-20T09:00:00.000Z info homelab apps/shop - Reading the cluster`. */
export function lineText({ at, level, repo, stack, message }: LogLine): string {
  return `${at} ${level} ${repo}${stack === null ? '' : ` ${stack}`} - ${message}`;
}
