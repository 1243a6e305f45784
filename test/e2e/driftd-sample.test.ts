import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { HealthJson, RepoDetailJson } from '../../src/api/schemas/repo.ts';
import {
  aSite,
  call,
  eventually,
  ready,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';

const SAMPLE = fileURLToPath(new URL('../../examples/config.yaml', import.meta.url));

describe('a config file of driftd', () => {
  const processes: PlumblineProcess[] = [];
  let site: Site;

  afterEach(async () => {
    for (const process of processes.splice(0).reverse()) await process.stop();
    await site.remove();
  });

  it('starts `serve -config` and `worker -config` as written, in two processes, with a warning about who may do what', async () => {
    site = await aSite({});
    // The only change: a free port instead of 8080.
    const sample = (await readFile(SAMPLE, 'utf8')).replace('":8080"', `":${new URL(site.url).port}"`);
    await writeFile(site.configFile, sample);
    const options = {
      cwd: site.dir,
      env: { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 3).toString('base64'), GIT_TOKEN: 'unused' },
    };
    const serve = startProcess(['serve', '-config', 'config.yaml'], options);
    const worker = startProcess(['worker', '-config', 'config.yaml'], options);
    processes.push(serve, worker);
    await ready(site, serve);

    const { json: health } = await eventually('the worker polls', async () => {
      const answer = await call<HealthJson>(site, 'GET', '/api/health');
      return answer.json.workers.every((queue) => queue.pollers > 0) ? answer : undefined;
    });
    expect(health).toMatchObject({ status: 'ok', auth: 'open', store: { ok: true, kind: 'sqlite' } });
    const { json: repo } = await call<RepoDetailJson>(site, 'GET', '/api/repos/my-infra');
    expect(repo).toMatchObject({ name: 'my-infra', schedule: '0 */6 * * *', active_task: null });
    expect(Date.parse(repo.next_run ?? '')).toBeGreaterThan(Date.now());
    expect(serve.log()).toMatch(/redis/i);
    expect(serve.log()).toMatch(/token/i);
    expect(await readFile(join(site.dir, 'data', 'temporal.json'), 'utf8')).toContain('address');
  });

  it('lets a worker that waits for `serve` be ended at once, with exit code 0', async () => {
    site = await aSite({});
    await writeFile(site.configFile, await readFile(SAMPLE, 'utf8'));
    const env = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 3).toString('base64'), GIT_TOKEN: 'unused' };
    const worker = startProcess(['worker', '-config', 'config.yaml'], { cwd: site.dir, env });
    processes.push(worker);
    await eventually('the worker waits', async () => worker.log().includes('Waiting for') || undefined);
    await worker.stop();
    expect(await worker.exited).toBe(0);
  });

  it('without a key, stops at once and says the ways out', async () => {
    site = await aSite({});
    await writeFile(site.configFile, await readFile(SAMPLE, 'utf8'));
    const serve = startProcess(['serve', '-config', 'config.yaml'], {
      cwd: site.dir,
      env: { PLUMBLINE_DATA_KEY: '' },
    });
    expect(await serve.exited).toBe(1);
    expect(serve.log()).toContain('PLUMBLINE_DATA_KEY');
  });
});
