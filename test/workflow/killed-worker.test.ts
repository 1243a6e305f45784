import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { groupIsAlive } from '../../src/util/process-group.ts';
import { readWorkerRecords } from '../../src/workers/process-records.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings } from '../support/workers.ts';

const PROGRAM = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));
let temporal: TestTemporal;
let dataDir: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  temporal = await startTestTemporal();
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-killed-'));
});
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await temporal.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function startWorker(tools: 'hang' | 'work'): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, temporal.address, dataDir, 'killed', tools], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

describe('kill -9 of a worker in the middle of a scan', () => {
  it(
    'leaves no tool behind, and its successor plans each stack to one result, none a third time',
    {
      timeout: 400_000,
    },
    async () => {
      const repo = aRepo();
      const store = await openStore({ url: null, dataDir });
      // So long a lock_ttl that only the word of the successor can make the attempts end.
      const settings = publishedSettings([repo], { worker: { lockTtlMs: 1_800_000, renewEveryMs: 600_000 } });
      await store.configs.publish(settings, new Date().toISOString());
      const first = startWorker('hang');
      const handle = await temporal.client.workflow.start('scanRepo', {
        workflowId: `repo/${repo.name}`,
        taskQueue: 'killed',
        args: [{ repo: repo.name, task_id: `${repo.name}:1` }],
      });
      const groups = await waitFor('a tool that hangs, and some results', async () => {
        const done = (await store.tasks.get(`${repo.name}:1`))?.counts.completed ?? 0;
        const records = await readWorkerRecords(dataDir);
        const hanging = records.flatMap(({ activities }) =>
          activities.flatMap(({ groups }) => groups.map(({ pid }) => pid)),
        );
        return done >= 10 && hanging.length >= 1 ? hanging : undefined;
      });
      first.kill('SIGKILL');
      await once(first, 'exit');
      const second = startWorker('work');
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        total: 40,
        completed: 40,
        failed: 0,
      });
      for (const group of groups) expect(await groupIsAlive(group)).toBe(false);
      expect(await store.stacks.list(repo.name)).toHaveLength(40);
      const starts = (await readFile(join(dataDir, 'starts.txt'), 'utf8')).trim().split('\n');
      const most = Math.max(...starts.map((key) => starts.filter((other) => other === key).length));
      expect(new Set(starts).size).toBe(40);
      expect(most).toBeLessThanOrEqual(2);
      second.kill('SIGTERM');
      const [code] = (await once(second, 'exit')) as [number | null];
      expect(code).toBe(0);
      const left = await readWorkerRecords(dataDir);
      expect(left.filter(({ process: { pid } }) => pid !== first.pid)).toEqual([]);
      await store.close();
    },
  );
});
