import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Boot } from '../../src/cli/processes/boot.ts';
import { wakeNeedless } from '../../src/cli/processes/wake-needless.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { anApproval } from '../support/an-approval.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { publishedSettings } from '../support/workers.ts';

let temporal: TestTemporal;
let folder: string;
let store: Store;
beforeAll(async () => {
  temporal = await startTestTemporal();
  folder = await mkdtemp(join(tmpdir(), 'plumbline-needless-'));
  store = await openStore({ url: null, dataDir: folder });
});
afterAll(async () => {
  await store?.close();
  await temporal?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a server that takes no signals keeps nobody from starting, and each approval is warned of', async () => {
  for (const stackKey of ['envs/prod', 'envs/dev']) {
    const approval = anApproval({ id: `my-infra:${stackKey}:1`, stackKey, expiresAt: null });
    await store.approvals.present(
      approval,
      approval.presentedAt,
      () => 'waiting',
      () => [],
      () => false,
    );
  }
  const warned: unknown[] = [];
  const boot = {
    store,
    settings: { published: publishedSettings([]), temporal: { taskQueue: 'nobody' } },
    log: { warn: (facts: { stack: string }) => void warned.push(facts.stack) },
  } as unknown as Boot;
  const { connection } = temporal;
  const client = new Client({ connection, namespace: 'not-there' });
  await wakeNeedless(boot, { ...temporal, client });
  expect(new Set(warned)).toEqual(new Set(['envs/dev', 'envs/prod']));
});
