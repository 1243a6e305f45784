import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { StackJson } from '../../src/api/schemas/repo.ts';
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
import { commitFiles, manyStacks, NOTING_TERRAFORM } from '../support/stacks-repo.ts';

const STACKS = 40;

describe('a crash in the middle of a scan', () => {
  const started: PlumblineProcess[] = [];
  let site: Site;

  async function aSiteWithStacks(): Promise<void> {
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(STACKS));
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      worker: { concurrency: 4, lock_ttl: '2m', renew_every: '10s' },
      toolchain: { terraform: { path: NOTING_TERRAFORM } },
      scan: { env: { PLAN_DELAY: '0.5', PLAN_LOG: join(site.dir, 'plans.log') } },
    });
  }

  function start(...args: string[]): PlumblineProcess {
    const env = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 7).toString('base64') };
    const process = startProcess([...args, '--config', site.configFile], { env });
    started.push(process);
    return process;
  }

  afterEach(async () => {
    for (const process of started.splice(0).reverse()) await process.stop();
    await site.remove();
  });

  /** `up` first: it would start its server again. */
  async function killAll(up: PlumblineProcess): Promise<void> {
    const published = await readFile(join(site.dataDir, 'temporal.json'), 'utf8');
    const { server } = JSON.parse(published) as { server: { pid: number } };
    await up.kill();
    process.kill(server.pid, 'SIGKILL');
  }

  async function scanUntilHalfDone(): Promise<TaskJson> {
    const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
    return await eventually('half of the stacks are planned', async () => {
      const task = (await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`)).json;
      return task.completed >= STACKS / 2 ? task : undefined;
    });
  }

  /** How the task ended, and what is wrong with its jobs, its stacks and what Terraform itself saw. */
  async function outcomeOf(id: string, log: () => string) {
    const { status, total, completed, failed } = await eventually(
      'the task ends',
      async () => {
        const { json } = await call<TaskJson>(site, 'GET', `/api/tasks/${id}`);
        return json.status === 'running' ? undefined : json;
      },
      { withinMs: 240_000, log },
    );
    const { jobs } = (await call<{ jobs: JobJson[] }>(site, 'GET', `/api/tasks/${id}/jobs?limit=500`)).json;
    const { stacks } = (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks')).json;
    const plans = (await readFile(join(site.dir, 'plans.log'), 'utf8')).split('\n');
    const plansOf = (path: string): number =>
      plans.filter((line) => line.endsWith(path) || line.includes(`${path} `)).length;
    return {
      task: { status, total, completed, failed },
      stacksWithAJob: new Set(jobs.map((job) => job.stack)).size,
      triedTooOften: jobs.filter((job) => job.attempts < 1 || job.attempts > 2).map((job) => job.id),
      withoutResult: stacks.filter((stack) => stack.status !== 'pending').map((stack) => stack.key),
      neverPlanned: stacks.filter((stack) => plansOf(stack.path) === 0).map((stack) => stack.key),
      plannedTooOften: stacks.filter((stack) => plansOf(stack.path) > 2).map((stack) => stack.key),
    };
  }

  /** Every stack has one result, and none was planned a third time. */
  const ALL_WELL = {
    task: { status: 'completed', total: STACKS, completed: STACKS, failed: 0 },
    stacksWithAJob: STACKS,
    triedTooOften: [],
    withoutResult: [],
    neverPlanned: [],
    plannedTooOften: [],
  };

  it('of the worker: another one finishes, every stack has one result, none is planned a third time', async () => {
    await aSiteWithStacks();
    const serve = start('serve');
    const worker = start('worker');
    await ready(site, serve);
    const task = await scanUntilHalfDone();
    await worker.kill();
    const next = start('worker');
    expect(await outcomeOf(task.id, next.log)).toEqual(ALL_WELL);
  });

  it('of the whole `up`, embedded server and store included: the same', async () => {
    await aSiteWithStacks();
    const up = start('up');
    await ready(site, up);
    const task = await scanUntilHalfDone();
    await killAll(up);
    const again = start('up');
    await ready(site, again);
    expect(await outcomeOf(task.id, again.log)).toEqual(ALL_WELL);
  });

  it('with Temporal’s database lost: the task fails with the reason and can be run again', async () => {
    await aSiteWithStacks();
    const up = start('up');
    await ready(site, up);
    const task = await scanUntilHalfDone();
    await killAll(up);
    await rm(join(site.dataDir, 'temporal'), { recursive: true });

    const again = start('up');
    await ready(site, again);
    const lost = await eventually('the task is found lost', async () => {
      const { json } = await call<TaskJson>(site, 'GET', `/api/tasks/${task.id}`);
      return json.status === 'failed' ? json : undefined;
    });
    expect(lost.error?.code).toBe('temporal_lost');
    expect(lost.completed).toBeGreaterThanOrEqual(STACKS / 2);
    const { stacks } = (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks')).json;
    expect(stacks.filter((stack) => stack.status === 'pending').length).toBe(lost.completed);

    const rerun = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
    expect(rerun.json.task.total).toBe(STACKS);
    await rm(join(site.dir, 'plans.log'));
    expect(await outcomeOf(rerun.json.task.id, again.log)).toEqual(ALL_WELL);
  });
});
