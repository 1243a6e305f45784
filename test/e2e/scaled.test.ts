import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthJson, StackJson } from '../../src/api/schemas/repo.ts';
import type { JobJson, ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import {
  aSite,
  call,
  eventually,
  ready,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { commitFiles, manyStacks, NOTING_TERRAFORM } from '../support/stacks-repo.ts';

const STACKS = 24;

describe('serve and two workers on PostgreSQL', () => {
  let site: Site;
  let postgres: PostgresServer;
  const processes: PlumblineProcess[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(STACKS));
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      worker: { concurrency: 2, lock_ttl: '2m', renew_every: '10s' },
      store: { url_env: 'PLUMBLINE_STORE_URL' },
      toolchain: { terraform: { path: NOTING_TERRAFORM } },
      scan: { env: { PLAN_DELAY: '0.5' } },
    });
    for (const role of ['serve', 'worker', 'worker']) start(role);
    await ready(site, processes[0]!);
  });

  afterAll(async () => {
    for (const process of processes.reverse()) await process.stop();
    await site.remove();
    await postgres.stop();
  });

  function start(role: string): void {
    const env = {
      PLUMBLINE_STORE_URL: postgres.url,
      PLUMBLINE_DATA_KEY: Buffer.alloc(32, 9).toString('base64'),
    };
    processes.push(startProcess([role, '--config', site.configFile], { env }));
  }

  it('share the work, and one finishes it when the other is killed', async () => {
    const health = await eventually('both workers poll', async () => {
      const { json } = await call<HealthJson>(site, 'GET', '/api/health');
      return json.workers.every((queue) => queue.pollers >= 2) ? json : undefined;
    });
    expect(health.store.kind).toBe('postgres');

    const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
    await eventually('a third is done', async () => {
      const { json: task } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
      return task.completed >= STACKS / 3;
    });
    await processes[2]!.kill();
    const task = await eventually(
      'the task ends',
      async () => {
        const { json: found } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
        return found.status === 'running' ? undefined : found;
      },
      { withinMs: 240_000, log: processes[1]!.log },
    );
    expect(task).toMatchObject({ status: 'completed', total: STACKS, completed: STACKS, failed: 0 });
    const { jobs } = (await call<{ jobs: JobJson[] }>(site, 'GET', `/api/tasks/${task.id}/jobs?limit=500`))
      .json;
    expect(jobs.every((job) => job.attempts <= 2)).toBe(true);
    const { stacks } = (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks')).json;
    expect(stacks.length).toBe(STACKS);
    expect(new Set(stacks.map((stack) => stack.status))).toEqual(new Set(['pending']));
  });
});
