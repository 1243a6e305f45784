import { createHash } from 'node:crypto';
import {
  type Client,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { JsonValue } from '../domain/json.ts';
import { scheduleId } from '../domain/ids.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Logger } from '../util/log.ts';
import type { RetentionInput, ScheduledTriggerInput } from '../workflows/trigger-inputs.ts';

/** Marks the schedules that are ours to change; another installation in the namespace has another queue. */
const OWNER_MEMO = 'plumblineQueue';
const RETENTION_ID = 'retention';
const RETENTION_CRON = '17 3 * * *';
const KEEP_DAYS = 7;
/** A server that was down doesn't catch up on every scan that it missed: one is enough. */
const CATCHUP_WINDOW = '10 minutes';
/** A machine that is off at night forgets as soon as it is on: of each three days, one night is always to be made good. */
const RETENTION_CATCHUP = '3 days';
/** What is asked again this soon anyway is not caught up on. */
const POLL_CATCHUP_WINDOW = '10 seconds';

interface WantedSchedule {
  id: string;
  /** When: a cron expression, or every so many milliseconds. */
  cron: string | { everyMs: number };
  workflow: 'scheduledTrigger' | 'retention';
  input: ScheduledTriggerInput | RetentionInput;
  summary: string;
  /** How late it may still run. */
  catchupWindow: string;
}

export interface SyncedSchedules {
  created: string[];
  updated: string[];
  deleted: string[];
}

/**
 * Makes the schedules on the server equal to the config: those of each repo's scans, syncs, repairs and polls, and the one of retention.
 * Touches only schedules of this installation; what somebody paused stays paused, what somebody edited is put right. Safe to
 * run again.
 * @param options.retentionCron when old tasks are forgotten; every night unless given
 */
export async function syncSchedules(
  client: Client,
  settings: Pick<PublishedSettings, 'repos'>,
  { taskQueue, log, retentionCron }: { taskQueue: string; log: Logger; retentionCron?: string },
): Promise<SyncedSchedules> {
  const wanted = wantedSchedules(settings, retentionCron ?? RETENTION_CRON);
  const known = await ownSchedules(client, taskQueue);
  const result: SyncedSchedules = { created: [], updated: [], deleted: [] };
  for (const schedule of wanted) {
    const done = await putSchedule(client, schedule, taskQueue);
    if (done !== 'same') result[done].push(schedule.id);
  }
  for (const id of known) {
    if (wanted.some((schedule) => schedule.id === id)) continue;
    await deleteSchedule(client, id);
    result.deleted.push(id);
  }
  log.info({ ...result }, 'Schedules follow the config');
  return result;
}

function wantedSchedules(
  { repos }: Pick<PublishedSettings, 'repos'>,
  retentionCron: string,
): WantedSchedule[] {
  const triggers = repos.flatMap((repo): WantedSchedule[] => {
    const { name, schedule, syncSchedule = null, reconcileSchedule = null, intervalMs = null } = repo;
    const one = (
      cron: WantedSchedule['cron'] | null,
      { kind, what }: { kind?: ScheduledTriggerInput['kind']; what: string },
    ): WantedSchedule[] => {
      if (cron === null) return [];
      const id = kind === undefined ? scheduleId(name) : `${scheduleId(name)}/${kind}`;
      const input = { repo: name, ...(kind === undefined ? {} : { kind }) };
      const catchupWindow = kind === 'poll' ? POLL_CATCHUP_WINDOW : CATCHUP_WINDOW;
      return [{ id, cron, workflow: 'scheduledTrigger', input, summary: `${what} ${name}`, catchupWindow }];
    };
    return [
      ...one(schedule, { what: 'Trigger the scan of' }),
      ...one(syncSchedule, { kind: 'sync', what: 'Trigger the sync of' }),
      ...one(reconcileSchedule, { kind: 'reconcile', what: 'Trigger the repair of' }),
      ...one(intervalMs === null ? null : { everyMs: intervalMs }, { kind: 'poll', what: 'Poll the Git of' }),
    ];
  });
  const retention: WantedSchedule = {
    id: RETENTION_ID,
    cron: retentionCron,
    workflow: 'retention',
    input: { keep_days: KEEP_DAYS },
    summary: 'Forget old tasks and their artifacts',
    catchupWindow: RETENTION_CATCHUP,
  };
  return [...triggers, retention];
}

async function ownSchedules(client: Client, taskQueue: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId: id, memo } of client.schedule.list()) {
    if (memo?.[OWNER_MEMO] === taskQueue) ids.push(id);
  }
  return ids;
}

async function putSchedule(
  client: Client,
  wanted: WantedSchedule,
  taskQueue: string,
): Promise<'created' | 'updated' | 'same'> {
  const handle = client.schedule.getHandle(wanted.id);
  const found = await handle.describe().catch((error: unknown) => {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  });
  if (found && found.state.note === note(wanted, taskQueue, found)) return 'same';
  const ours = definition(wanted, taskQueue);
  if (!found) {
    await client.schedule.create({
      scheduleId: wanted.id,
      memo: { [OWNER_MEMO]: taskQueue },
      ...ours,
    });
  } else {
    await handle.update(({ state }: ScheduleDescription) => ({ ...ours, state }));
  }
  // Only now is it known how the server spells it.
  const written = await handle.describe();
  const seen = note(wanted, taskQueue, written);
  await handle.update(({ state }: ScheduleDescription) => ({ ...ours, state: { ...state, note: seen } }));
  return found ? 'updated' : 'created';
}

function definition(
  { id, cron, workflow, input, summary, catchupWindow }: WantedSchedule,
  taskQueue: string,
): Pick<ScheduleUpdateOptions, 'spec' | 'action' | 'policies'> {
  const isPoll = typeof cron === 'object';
  return {
    spec: isPoll
      ? { intervals: [{ every: cron.everyMs, offset: offsetOf(id, cron.everyMs) }] }
      : { cronExpressions: [cron] },
    action: {
      type: 'startWorkflow',
      workflowType: workflow,
      workflowId: id,
      taskQueue,
      args: [input],
      staticSummary: summary,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
  };
}

/** Not all repos are polled at the same second. */
function offsetOf(id: string, everyMs: number): number {
  const seconds = Math.floor(everyMs / 1000);
  return (createHash('sha256').update(id).digest().readUInt32BE() % seconds) * 1000;
}

/**
 * Stands in the Web UI, with two hashes: of the definition as we want it, and of what the server made of it. The server keeps
 * no cron expression as it was written, so an edit in the Web UI shows only in the second.
 */
function note(wanted: WantedSchedule, taskQueue: string, written: ScheduleDescription): string {
  const { spec, action, policies } = written;
  const hashes = `${hashOf(definition(wanted, taskQueue))}.${hashOf({ spec, action, policies })}`;
  const when =
    typeof wanted.cron === 'object' ? `every ${wanted.cron.everyMs / 1000} s` : `${wanted.cron} (UTC)`;
  return `${when}, queue ${taskQueue}, from the Plumbline config [${hashes}]`;
}

function hashOf(value: object): string {
  const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
  return createHash('sha256').update(canonicalJson(plain)).digest('hex').slice(0, 12);
}

async function deleteSchedule(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
