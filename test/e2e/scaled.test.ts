import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/util/free-port.ts';
import type { HealthJson, StackJson } from '../../src/api/schemas/repo.ts';
import type { JobJson, ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks, NOTING_TERRAFORM } from '../support/stacks-repo.ts';

const STACKS = 24;

describe('serve and two workers', () => {
  let site: Site;
  let running: RunningShape;

  beforeAll(async () => {
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(STACKS));
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      worker: { concurrency: 2, lock_ttl: '2m', renew_every: '10s' },
      toolchain: { terraform: { path: NOTING_TERRAFORM } },
      scan: { env: { PLAN_DELAY: '0.5', PLAN_LOG: join(site.dir, 'plans.log') } },
    });
    running = await startShape(SHAPES[1], site);
  });

  afterAll(async () => {
    await running?.stop();
    await site?.remove();
  });

  it('share the work, and one finishes it when the other is killed', async () => {
    const { json: health } = await call<HealthJson>(site, 'GET', '/api/health');
    expect(health).toMatchObject({
      store: { kind: 'postgres' },
      temporal: { ok: true, address: running.temporalAddress },
    });

    const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
    await eventually('a third is done', async () => {
      const { json: task } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
      return task.completed >= STACKS / 3;
    });
    const text = await (await fetch(`${site.url}/metrics`)).text();
    expect(valueOf(text, 'plumbline_jobs{status="pending"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'plumbline_jobs{status="running"}')).toBeGreaterThan(0);
    expect(valueOf(text, 'plumbline_tasks_running{repo="infra"}')).toBe(1);
    await running.workers[1]!.kill();
    const task = await eventually(
      'the task ends',
      async () => {
        const { json: found } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
        return found.status === 'running' ? undefined : found;
      },
      { withinMs: 240_000, log: running.log },
    );
    expect(task).toMatchObject({ status: 'completed', total: STACKS, completed: STACKS, failed: 0 });
    const { jobs } = (await call<{ jobs: JobJson[] }>(site, 'GET', `/api/tasks/${task.id}/jobs?limit=500`))
      .json;
    expect(jobs.every((job) => job.attempts <= 2)).toBe(true);
    const { stacks } = (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks')).json;
    expect(stacks.length).toBe(STACKS);
    expect(new Set(stacks.map((stack) => stack.status))).toEqual(new Set(['pending']));
    // As Terraform itself saw it, each stack was planned, and none a third time.
    const plans = (await readFile(join(site.dir, 'plans.log'), 'utf8')).split('\n');
    const counts = stacks.map(({ path }) => plans.filter((line) => line.endsWith(path)).length);
    expect(counts.filter((count) => count < 1 || count > 2)).toEqual([]);
  });

  it('let a worker be scraped at an address of its own', async () => {
    const addr = `127.0.0.1:${await freePort()}`;
    await site.configure({ telemetry: { worker_metrics_addr: addr } });
    const worker = running.start('worker');
    const scrape = async () => await (await fetch(`http://${addr}/metrics`)).text();
    await eventually('it serves metrics', scrape, { log: worker.log });
    await call(site, 'POST', '/api/repos/infra/scan', {});
    const series = 'plumbline_jobs_total{repo="infra",kind="terraform",status="completed",outcome="pending"}';
    const planned = async () => valueOf(await scrape(), series) || undefined;
    expect(await eventually('it has planned', planned, { log: worker.log })).toBeGreaterThan(0);
  });
});

/** The value of a series in a scrape; 0 when it is not there. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? 0);
}
