import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { PlanContext } from '../../src/drivers/driver.ts';
import { terraformEnv } from '../../src/drivers/terraform/environment.ts';
import { terragruntEnv } from '../../src/drivers/terragrunt/environment.ts';
import { driverSchemas } from '../../src/local/driver-schemas.ts';
import { cachedPath } from '../../src/toolchain/installed.ts';
import { programOf } from '../../src/toolchain/programs.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { loadText } from '../support/config-file.ts';
import { readCompose, readImage, readProjectFile } from '../support/deployment.ts';
import { DRIFTD_SAMPLE } from '../support/driftd-sample.ts';

const PLUMBLINE = ['serve', 'worker-1', 'worker-2'];
const CONFIG = '/etc/plumbline/config.yaml';
const compose = readCompose();
const image = readImage();

/** What compose puts in the place of the variables, where somebody has set them. */
function filled(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll(/\$\{[^}]*\}/g, 'given')]),
  );
}

/** What the environment of tools is made from: only that. */
function aContext(changes: { baseEnv: Record<string, string>; cacheDir: string }): PlanContext {
  const stack = { workspace: 'default' };
  return { ...changes, stack, env: {}, dataDir: '/data/stack' } as unknown as PlanContext;
}

describe('docker-compose.yml', () => {
  it('runs Temporal with its Web UI, PostgreSQL, one server and two workers', () => {
    const services = ['postgres', 'serve', 'temporal', 'temporal-ui', 'worker-1', 'worker-2'];
    expect(Object.keys(compose.services).sort()).toEqual(services);
    expect(compose.services['postgres']!.image).toMatch(/^postgres:/);
    expect(compose.services['temporal']!.image).toMatch(/^temporalio\/auto-setup:/);
    expect(compose.services['temporal-ui']!.environment).toEqual({ TEMPORAL_ADDRESS: 'temporal:7233' });
    expect(compose.services['serve']!.command).toEqual(image.cmd);
    for (const worker of ['worker-1', 'worker-2'])
      expect(compose.services[worker]!.command).toEqual(['worker', '--config', CONFIG]);
  });

  it('publishes ports to this machine alone', () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:8233:8080', '127.0.0.1:8080:8080']);
  });

  it('keeps what server and workers share in the volumes of the image', () => {
    for (const name of PLUMBLINE) {
      const mounts = compose.services[name]!.volumes!.map((mount) => mount.split(':'));
      expect(mounts.map(([, target]) => target)).toEqual([CONFIG, ...image.volumes]);
      for (const [source] of mounts.slice(1)) expect(compose.volumes).toHaveProperty(source!);
    }
  });

  it('waits only for services that tell whether they are healthy', () => {
    const waits = Object.values(compose.services).flatMap((service) =>
      Object.entries(service.depends_on ?? {}),
    );
    expect(waits.length).toBeGreaterThan(0);
    for (const [name, { condition }] of waits) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name]!.healthcheck, name).toBeDefined();
    }
    expect(compose.services['serve']!.healthcheck!.test.join(' ')).toContain(':8080/api/health');
  });

  it('has a config that is valid and leads to the services beside it', async () => {
    const service = compose.services['serve']!;
    const mounted = service.volumes!.find((mount) => mount.split(':')[1] === CONFIG)!.split(':')[0]!;
    const file = fileURLToPath(new URL(`../../${mounted}`, import.meta.url));
    const env = { ...image.env, ...filled(service.environment!) };
    const { settings } = await loadConfig(file, { env, drivers: driverSchemas(), cwd: image.workdir });
    expect(image.volumes).toContain(settings.dataDir);
    expect(settings.listen).toEqual({ host: '0.0.0.0', port: 8080 });
    expect(settings.temporal.address).toBe('temporal:7233');
    const url = new URL(settings.storeUrl!);
    const { POSTGRES_USER: user, POSTGRES_DB: database } = compose.services['postgres']!.environment!;
    expect([url.hostname, url.username, url.pathname]).toEqual(['postgres', user, `/${database}`]);
    expect(settings.dataKey).toBe('given');
  });
});

describe('the image', () => {
  it('runs as a user of its own, to whom the volumes belong', () => {
    expect(image.user).toBe('plumbline');
    expect(image.volumes).toEqual(['/data', '/cache']);
    expect(image.runs.join('\n')).toMatch(/useradd [^&]*\bplumbline\b/);
    expect(image.runs.join('\n')).toContain(`chown -R plumbline:plumbline ${image.volumes.join(' ')}`);
  });

  it('serves with the config under /etc/plumbline when nothing else is said', () => {
    expect(image.cmd).toEqual(['serve', '--config', CONFIG]);
    expect(image.entrypoint.at(-1)).toBe('/app/bin/plumbline');
    expect(image.runs.join('\n')).toMatch(/mkdir -p [^&]*\/etc\/plumbline/);
  });

  it('has Terraform, Git, SSH, gpg and the Temporal server, and all that the launcher needs', () => {
    expect(image.runs[0]).toMatch(/ git openssh-client gpg /);
    const targets = image.copies.map((copy) => copy.target);
    expect(targets).toEqual(
      expect.arrayContaining([
        '/usr/local/bin/terraform',
        '/usr/local/bin/temporal',
        './dist',
        './node_modules',
        './bin',
      ]),
    );
    const ignored = new Set(readProjectFile('.dockerignore').split('\n'));
    for (const source of image.copies.filter(({ from }) => from === null).flatMap(({ sources }) => sources)) {
      expect(existsSync(new URL(`../../${source}`, import.meta.url)), source).toBe(true);
      expect(ignored.has(source), source).toBe(false);
    }
  });

  it('keeps the data of driftd’s sample, whose data_dir is ./data, in its volume', async () => {
    const { settings } = await loadText(DRIFTD_SAMPLE, { cwd: image.workdir, env: image.env });
    expect(settings.dataDir).toBe('/data');
  });
});

describe('the cache volume', () => {
  it('has driftd’s layout from the start', () => {
    const made = image.runs.join(' ').split(/\s+/);
    for (const folder of [
      'terraform/plugins',
      'terraform/versions',
      'terragrunt/download',
      'terragrunt/versions',
    ])
      expect(made).toContain(`/cache/${folder}`);
  });

  it('is where programs are kept', async () => {
    const { settings } = await loadText(DRIFTD_SAMPLE, { env: image.env });
    expect(settings.cacheDir).toBe('/cache');
    const path = (name: string, version: string) => cachedPath(settings.cacheDir, programOf(name), version);
    expect(path('terraform', '1.9.8')).toBe('/cache/terraform/versions/1.9.8/terraform');
    expect(path('terragrunt', '0.71.5')).toBe('/cache/terragrunt/versions/0.71.5/terragrunt');
  });

  it('is where providers and modules go, by the variables that driftd’s image sets, or without them', () => {
    const layout = {
      TF_PLUGIN_CACHE_DIR: '/cache/terraform/plugins',
      TERRAGRUNT_DOWNLOAD: '/cache/terragrunt/download',
    };
    expect(image.env).toMatchObject(layout);
    const { TF_PLUGIN_CACHE_DIR: plugins } = layout;
    for (const context of [
      aContext({ baseEnv: toolEnv(image.env), cacheDir: '/elsewhere' }),
      aContext({ baseEnv: {}, cacheDir: '/cache' }),
    ]) {
      expect(terraformEnv(context)).toMatchObject({ TF_PLUGIN_CACHE_DIR: plugins });
      expect(terragruntEnv(context, '/usr/local/bin/terraform')).toMatchObject(layout);
    }
  });
});
