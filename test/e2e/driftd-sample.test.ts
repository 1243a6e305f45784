import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HealthJson, RepoDetailJson } from '../../src/api/schemas/repo.ts';
import { readImage } from '../support/deployment.ts';
import { DRIFTD_SAMPLE } from '../support/driftd-sample.ts';
import { aSite, call, eventually, ready, startProcess, type Site } from '../support/plumbline.ts';
import { aProcessSet } from '../support/process-set.ts';
import { temporalBinary } from '../support/tools.ts';

const SECRETS = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 3).toString('base64'), GIT_TOKEN: 'unused' };

/** The sample with the site's free port instead of 8080: the only change. */
function sampleFor(site: Site): string {
  return DRIFTD_SAMPLE.replace('":8080"', `":${new URL(site.url).port}"`);
}

async function polled(site: Site): Promise<HealthJson> {
  return await eventually('the worker polls', async () => {
    const { json } = await call<HealthJson>(site, 'GET', '/api/health');
    return json.workers.every((queue) => queue.pollers > 0) ? json : undefined;
  });
}

describe('a config file of driftd', () => {
  const processes = aProcessSet(SECRETS);
  let site: Site;

  afterEach(async () => {
    await processes.stop();
    await site.remove();
  });

  it('starts `serve -config` and `worker -config` as written, in two processes, with a warning about who may do what', async () => {
    site = await aSite({});
    await writeFile(site.configFile, sampleFor(site));
    const serve = processes.start(['serve', '-config', 'config.yaml'], { cwd: site.dir });
    processes.start(['worker', '-config', 'config.yaml'], { cwd: site.dir });
    await ready(site, serve);

    expect(await polled(site)).toMatchObject({
      status: 'ok',
      auth: 'open',
      store: { ok: true, kind: 'sqlite' },
    });
    const { json: repo } = await call<RepoDetailJson>(site, 'GET', '/api/repos/my-infra');
    expect(repo).toMatchObject({ name: 'my-infra', schedule: '0 */6 * * *', active_task: null });
    expect(Date.parse(repo.next_run ?? '')).toBeGreaterThan(Date.now());
    expect(serve.log()).toMatch(/redis/i);
    expect(serve.log()).toMatch(/token/i);
    expect(await readFile(join(site.dir, 'data', 'temporal.json'), 'utf8')).toContain('address');
  });

  it('starts in two containers: the image’s environment and folder, a volume for both, the server’s own address', async () => {
    site = await aSite({});
    const image = readImage();
    const config = join(site.dir, 'etc', 'driftd', 'config.yaml');
    await mkdir(dirname(config), { recursive: true });
    await writeFile(config, sampleFor(site));
    const inside = Object.entries(image.env).map(([name, value]) => [
      name,
      value.replace(/^\//, `${site.dir}/`),
    ]);
    const options = {
      cwd: join(site.dir, image.workdir),
      env: {
        ...(Object.fromEntries(inside) as Record<string, string>),
        // The image has the program where PATH finds it; and no two containers here, but two addresses.
        PATH: `${dirname(await temporalBinary())}:${process.env['PATH'] ?? ''}`,
        PLUMBLINE_EMBEDDED_TEMPORAL_IP: '127.0.0.2',
      },
    };
    const serve = processes.start(['serve', '-config', config], options);
    processes.start(['worker', '-config', config], options);
    await ready(site, serve);
    await polled(site);
    expect(await readFile(join(site.dir, 'data', 'temporal.json'), 'utf8')).toContain('"127.0.0.2:');
  });

  it('lets a worker that waits for `serve` be ended at once, with exit code 0', async () => {
    site = await aSite({});
    await writeFile(site.configFile, sampleFor(site));
    const worker = processes.start(['worker', '-config', 'config.yaml'], { cwd: site.dir });
    await eventually('the worker waits', async () => worker.log().includes('Waiting for') || undefined);
    await worker.stop();
    expect(await worker.exited).toBe(0);
  });

  it('without a key, stops at once and says the ways out', async () => {
    site = await aSite({});
    await writeFile(site.configFile, sampleFor(site));
    const serve = startProcess(['serve', '-config', 'config.yaml'], {
      cwd: site.dir,
      env: { PLUMBLINE_DATA_KEY: '' },
    });
    expect(await serve.exited).toBe(1);
    expect(serve.log()).toContain('PLUMBLINE_DATA_KEY');
  });
});
