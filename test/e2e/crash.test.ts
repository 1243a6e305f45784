import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import type { JobJson, ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks, NOTING_TERRAFORM } from '../support/stacks-repo.ts';

const STACKS = 40;

/** Without `up` nobody makes a key. */
const KEY = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 7).toString('base64') };

describe.each(SHAPES)('a crash in the middle of a scan, with %s', (shape) => {
  let site: Site;
  let running: RunningShape | undefined;

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

  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await site.remove();
  });

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

  it('of the workers: another one finishes, every stack has one result, none is planned a third time', async () => {
    await aSiteWithStacks();
    const roles = shape === SHAPES[0] ? { roles: ['serve', 'worker'] as const } : {};
    running = await startShape(shape, site, { env: KEY, ...roles });
    const task = await scanUntilHalfDone();
    for (const worker of running.workers) await worker.kill();
    running.start('worker');
    expect(await outcomeOf(task.id, running.log)).toEqual(ALL_WELL);
  });

  it('of everything, Temporal’s server and the store included: the same', async () => {
    await aSiteWithStacks();
    running = await startShape(shape, site);
    const task = await scanUntilHalfDone();
    await running.crash();
    await running.recover();
    expect(await outcomeOf(task.id, running.log)).toEqual(ALL_WELL);
  });

  it('with Temporal’s database lost: the task fails with the reason and can be run again', async () => {
    await aSiteWithStacks();
    running = await startShape(shape, site);
    const task = await scanUntilHalfDone();
    await running.crash();
    await running.loseTemporal();
    await running.recover();

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
    expect(await outcomeOf(rerun.json.task.id, running.log)).toEqual(ALL_WELL);
  });
});
