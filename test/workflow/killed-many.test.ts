import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings } from '../support/workers.ts';

const PROGRAM = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));
let temporal: TestTemporal;
let dataDir: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  temporal = await startTestTemporal();
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-killed-'));
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await temporal.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts a worker whenever the one before has died, as a supervisor does, until it is told to stop; says how many died. */
function keepWorkers(): () => Promise<number> {
  let died = 0;
  const stopping = new AbortController();
  const keep = async () => {
    while (!stopping.signal.aborted) {
      child = spawn(process.execPath, [PROGRAM, temporal.address, dataDir, 'killed-many', 'work', 'many'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code === null) died += 1;
    }
  };
  const kept = keep();
  return async () => {
    stopping.abort();
    child?.kill('SIGTERM');
    await kept;
    return died;
  };
}

describe('a stack that kills every worker that plans it, among others of one activity', () => {
  it(
    'is the only one to fail: what was planned stays planned, and the rest is planned by others',
    { timeout: 400_000 },
    async () => {
      const repo = aRepo();
      const store = await openStore({ url: null, dataDir });
      const settings = publishedSettings([repo], { worker: { lockTtlMs: 1_800_000, renewEveryMs: 600_000 } });
      await store.configs.publish(settings, new Date().toISOString());
      const stop = keepWorkers();
      const handle = await temporal.client.workflow.start('scanRepo', {
        workflowId: `repo/${repo.name}`,
        taskQueue: 'killed-many',
        args: [{ repo: repo.name, task_id: `${repo.name}:1` }],
      });
      const result: unknown = await handle.result();
      expect(await stop()).toBe(4);
      expect(result).toMatchObject({ status: 'failed', total: 40, completed: 39, failed: 1 });
      const stacks = await store.stacks.list(repo.name);
      expect(
        stacks.filter(({ status }) => status !== 'in_sync').map(({ key, error }) => [key, error?.code]),
      ).toEqual([['s12', 'worker_lost']]);
      const starts = Map.groupBy(
        (await readFile(join(dataDir, 'starts.txt'), 'utf8')).trim().split('\n'),
        String,
      );
      // Twice with the others, and twice alone.
      expect(starts.get('s12')).toHaveLength(4);
      // Before and after the first death: those that were under way with it.
      const again = [...starts].filter(([key, times]) => key !== 's12' && times.length > 1);
      expect(again.length).toBeLessThanOrEqual(16);
      await store.close();
    },
  );
});
