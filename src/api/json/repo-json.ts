import { Cron } from 'croner';
import { SEVERITIES, type Severity } from '../../domain/change.ts';
import type { RepoSettings } from '../../domain/settings.ts';
import type { StackState, Task } from '../../domain/task.ts';
import type { GitPoll } from '../../store/triggers.ts';
import type { RepoJson } from '../schemas/repo.ts';
import { taskJson } from './task-json.ts';

/** What is known of one repo, as the dashboard shows it. */
export function repoJson(
  repo: RepoSettings,
  known: {
    stacks: readonly StackState[];
    lastTask: Task | undefined;
    activeTask: Task | undefined;
    poll: GitPoll | undefined;
  },
  now: Date,
): RepoJson {
  const stacks = { in_sync: 0, drifted: 0, pending: 0, drifted_and_pending: 0, errored: 0, unknown: 0 };
  for (const stack of known.stacks) stacks[stack.status] += 1;
  return {
    name: repo.name,
    url: repo.url,
    schedule: repo.schedule,
    next_run: nextRun(repo.schedule, now),
    git: gitJson(repo, known.poll),
    stacks,
    total: known.stacks.length,
    severity: worst(known.stacks),
    last_task: known.lastTask ? taskJson(known.lastTask) : null,
    active_task: known.activeTask ? taskJson(known.activeTask) : null,
  };
}

function gitJson({ intervalMs }: RepoSettings, poll: GitPoll | undefined): RepoJson['git'] {
  if (poll === undefined || (intervalMs ?? null) === null) return null;
  const { commit, reachedAt, failingSince, error } = poll;
  return { commit, reached_at: reachedAt, failing_since: failingSince, error };
}

/** When a five-field cron expression (UTC) fires next, as ISO 8601; null without one or when it never fires. */
export function nextRun(schedule: string | null, now: Date): string | null {
  if (schedule === null) return null;
  try {
    const next = new Cron(schedule, { mode: '5-part', timezone: 'UTC', paused: true }).nextRun(now);
    return next?.toISOString() ?? null;
  } catch {
    return null;
  }
}

function worst(stacks: readonly StackState[]): Severity | null {
  return SEVERITIES.find((severity) => stacks.some((stack) => stack.severity === severity)) ?? null;
}
