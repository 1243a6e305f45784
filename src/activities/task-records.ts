import type { AuditEntry } from '../domain/audit/record.ts';
import { environmentName } from '../domain/environment.ts';
import { findEnvironment } from '../domain/environments.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Task } from '../domain/task.ts';
import { auditEntry, type PartialEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { commonEnvironment, environmentOfKey } from './stack-facts.ts';
import type { BeginTaskInput } from './types.ts';

const PAGE = 500;

/** The record of a task's beginning or end, whoever or whatever has started it. */
export function taskRecord(
  deps: Pick<ActivityDeps, 'now' | 'redactor'>,
  task: Task,
  entry: Pick<PartialEntry, 'action' | 'result' | 'reason' | 'environment'>,
): AuditEntry {
  const { id: taskId, repo, stackKey, actor, trigger, commit, kind } = task;
  const details = { kind, ...(task.vouched === false ? { vouched: false } : {}) };
  const about = { repo, stackKey, taskId, commit: commit || null, details };
  return auditEntry(deps, { ...about, ...entry, actor: actor || 'plumbline', source: trigger });
}

/** The environment that a task is asked for, before its stacks are known; null: several, none, or nobody has said. */
export async function environmentAsked(
  deps: Pick<ActivityDeps, 'store'>,
  settings: PublishedSettings,
  { repo, environment, stack }: BeginTaskInput,
): Promise<string | null> {
  if (environment !== undefined && environment !== null)
    return findEnvironment(settings.environments, environment)?.name ?? environmentName(environment);
  return stack === null ? null : await environmentOfKey(deps, settings, { repo, key: stack });
}

/** The one environment that all stacks of a task belong to; null: several, or none. */
export async function environmentOfTask(
  { store }: Pick<ActivityDeps, 'store'>,
  { id, repo, configVersion }: Task,
): Promise<string | null> {
  const settings = await store.configs.get(configVersion);
  if (!settings) return null;
  let common: string | null | undefined;
  for (let afterOrdinal = -1; ;) {
    const jobs = await store.jobs.listByTask(id, { afterOrdinal, limit: PAGE });
    if (jobs.length === 0) return common ?? null;
    const here = commonEnvironment(settings, repo, jobs);
    if (here === null || (common !== undefined && common !== here)) return null;
    common = here;
    if (jobs.length < PAGE) return common;
    afterOrdinal = jobs.at(-1)!.ordinal;
  }
}
