import { rm } from 'node:fs/promises';
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from '../util/log.ts';
import { endGroup } from '../util/process-group.ts';
import { identifyMachine, identifyProcess, processState } from './process-identity.ts';
import { type ProcessRecord, readProcessRecords } from './process-records.ts';

/**
 * Cleans up after workers of this host that were killed: ends the tools that they left running and tells Temporal that
 * their activities failed, so that the next attempt begins at once instead of after `lock_ttl`. What belongs to a
 * living worker, or to one in another PID namespace, is left alone. Safe to run again.
 * @returns how many activities were given up
 */
export async function recoverTools(
  client: Client,
  { dataDir, graceMs, log }: { dataDir: string; graceMs: number; log: Logger },
): Promise<number> {
  const records = await readProcessRecords(dataDir);
  const recovered = await Promise.all(
    records.map(async ({ path, record }) => {
      if ((await processState(record.worker)) !== 'gone') return 0;
      await endTools(record, graceMs);
      if (record.scratchDir !== null) await rm(record.scratchDir, { recursive: true, force: true });
      const told = await giveUp(client, record, log);
      if (told) await rm(path, { force: true });
      return told ? 1 : 0;
    }),
  );
  return recovered.reduce<number>((sum, count) => sum + count, 0);
}

async function endTools({ groups }: ProcessRecord, graceMs: number): Promise<void> {
  // Tools of a plan have nothing to save, but they write caches: they get their time to stop.
  await Promise.all(
    groups.map(async (leader) => {
      const { bootId } = await identifyMachine();
      const now = await identifyProcess(leader.pid);
      // A leader that ended leaves its group to the rest of it; a PID that is used again is somebody else's.
      const ours = bootId === leader.bootId && (now === undefined || now.startedAt === leader.startedAt);
      if (ours) await endGroup(leader.pid, { graceMs });
    }),
  );
}

/** Whether Temporal knows now; an activity that it no longer waits for is fine. */
async function giveUp(client: Client, record: ProcessRecord, log: Logger): Promise<boolean> {
  const { workflowId, activityId, attempt } = record;
  try {
    const lost = ApplicationFailure.retryable(
      'The worker was killed while it planned this stack.',
      'worker_lost',
    );
    await client.activity.fail(Buffer.from(record.taskToken, 'base64'), lost);
    log.warn({ workflowId, activityId, attempt }, 'A killed worker’s plan was given up; it is tried again');
    return true;
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return true;
    log.warn({ err: error, workflowId, activityId }, 'A killed worker’s plan could not be given up');
    return false;
  }
}
