import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Worker } from '@temporalio/worker';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { testWorkflowBundle } from '../support/workflow-bundle.ts';

const folder = fileURLToPath(new URL('histories/', import.meta.url));
const files = (await readdir(folder)).filter((name) => name.endsWith('.json.gz'));
let bundle: Awaited<ReturnType<typeof testWorkflowBundle>>;

beforeAll(async () => {
  bundle = await testWorkflowBundle();
});

describe('recorded histories', () => {
  it('are there for every workflow and every way it can end', () => {
    expect(files.map((name) => name.replace('.json.gz', ''))).toEqual(
      expect.arrayContaining([
        'apply',
        'apply-renamed-queue',
        'approval',
        'approval-expired',
        'approval-held-back',
        'inspect-look',
        'inspect-refused',
        'plan-cancelled',
        'plan-clean',
        'plan-continued',
        'plan-failed',
        'reconcile',
        'retention',
        'rollback-commit',
        'rollback-refused',
        'rollback-state',
        'scan-automated',
        'scan-cancelled',
        'scan-clean',
        'scan-continued',
        'scan-continued-last',
        'scan-failed',
        'scan-many',
        'scan-many-cancelled',
        'scan-no-worker',
        'scan-requested',
        'scan-single-stack',
        'scan-too-old',
        'scheduled-trigger',
        'scheduled-trigger-cancels',
        'scheduled-trigger-poll',
        'scheduled-trigger-skipped',
        'scheduled-trigger-sync',
        'sync-approved',
        'sync-automated',
        'sync-many',
        'sync-paged',
        'sync-paged-last',
        'sync-unstable',
        'sync-waiting',
        'unlock-look',
        'unlock-refused',
      ]),
    );
  });

  it.each(files)('%s replays with the workflows as they are now', async (name) => {
    const text = gunzipSync(await readFile(`${folder}${name}`)).toString();
    const { workflowId, history } = JSON.parse(text) as { workflowId: string; history: unknown };
    const replay = Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJSON(history), workflowId);
    await expect(replay).resolves.toBeUndefined();
  });
});
