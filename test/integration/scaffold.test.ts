import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lintFolder } from '../../src/local/lint-folder.ts';
import { scaffoldFolder, type ScaffoldOptions } from '../../src/local/scaffold-folder.ts';

const run = promisify(execFile);
const EXAMPLE = fileURLToPath(new URL('../../examples/gitops', import.meta.url));

let repo: string;
beforeEach(async () => {
  repo = await mkdtemp(join(tmpdir(), 'plumbline-new-'));
  await cp(EXAMPLE, join(repo, 'gitops'), { recursive: true });
});
afterEach(async () => await rm(repo, { recursive: true, force: true }));

const read = async (path: string) => await readFile(join(repo, path), 'utf8');
const add = async (options: Pick<ScaffoldOptions, 'what' | 'name'> & Partial<ScaffoldOptions>) => {
  const rest = { image: null, environments: null, from: null, dryRun: false };
  const { changes } = await scaffoldFolder({
    dir: repo,
    configFile: undefined,
    env: process.env,
    ...rest,
    ...options,
  });
  return changes.map(({ path, before }) => `${before === null ? '+' : '~'} ${path}`);
};
const findings = async () =>
  (
    await lintFolder({
      dir: repo,
      configFile: undefined,
      env: process.env,
      signal: new AbortController().signal,
    })
  ).findings;
const built = async (path: string) => (await run('kubectl', ['kustomize', join(repo, path)])).stdout;

describe('plumbline new app', () => {
  it('makes its base and overlays, registers it with each cluster, and keeps the comments there', async () => {
    const homelab = 'gitops/clusters/homelab/apps.yaml';
    const before = `# What runs at home.\n${await read(homelab)}# More to come.\n`;
    await writeFile(join(repo, homelab), before);
    expect(await add({ what: 'app', name: 'shop', image: 'registry.example.com/shop:1' })).toEqual([
      '+ gitops/apps/base/shop/deployment.yaml',
      '+ gitops/apps/base/shop/kustomization.yaml',
      '+ gitops/apps/base/shop/namespace.yaml',
      '+ gitops/apps/homelab/shop/kustomization.yaml',
      '+ gitops/apps/local/shop/kustomization.yaml',
      '~ gitops/clusters/homelab/apps.yaml',
      '~ gitops/clusters/local/apps.yaml',
    ]);
    const after = await read(homelab);
    expect(after.startsWith(before)).toBe(true);
    const added = after.slice(before.length);
    expect(added).toContain('path: ./gitops/apps/homelab/shop');
    expect(added).toContain('dependsOn:\n    - name: infrastructure-policies\n');
    expect(await findings()).toEqual([]);
    const objects = await built('gitops/apps/homelab/shop');
    expect(objects).toContain('image: registry.example.com/shop:1');
    expect(objects).toContain('namespace: shop');
  });

  it('goes only where it is wanted, and writes nothing on a dry run', async () => {
    const options = { what: 'app', name: 'shop', environments: ['local'], dryRun: true } as const;
    expect(await add(options)).not.toContain('~ gitops/clusters/homelab/apps.yaml');
    await expect(read('gitops/apps/base/shop/kustomization.yaml')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await read('gitops/clusters/local/apps.yaml')).not.toContain('shop');
  });

  it.each([
    ['an app that is there', { name: 'redpanda' }, 'is there already'],
    ['an environment that is not', { name: 'shop', environments: ['staging'] }, 'homelab, local'],
    ['no name', { name: 'My App' }, 'is no name'],
  ])('refuses %s', async (_what, options, message) => {
    await expect(add({ what: 'app', ...options })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message) as string,
    });
    expect(await findings()).toEqual([]);
  });
});

describe('plumbline new environment', () => {
  it('makes a cluster with an overlay of each app, without a trace of the one that it is made after', async () => {
    const made = await add({ what: 'environment', name: 'staging', from: 'homelab' });
    expect(made).toContain('+ gitops/clusters/staging/apps.yaml');
    expect(made).toContain('+ gitops/apps/staging/redpanda/kustomization.yaml');
    expect(made.every((line) => line.startsWith('+ '))).toBe(true);
    const apps = await read('gitops/clusters/staging/apps.yaml');
    expect(apps).not.toContain('homelab');
    expect(apps.match(/path: \.\/gitops\/apps\/staging\//g)).toHaveLength(5);
    expect(await findings()).toEqual([]);
    expect(await built('gitops/apps/staging/redpanda')).toContain('kind: StatefulSet');
    await expect(add({ what: 'environment', name: 'staging' })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('plumbline new infrastructure', () => {
  it('adds a controller that all apps wait for', async () => {
    expect(await add({ what: 'infrastructure', name: 'traefik' })).toEqual([
      '~ gitops/infrastructure/controllers/kustomization.yaml',
      '+ gitops/infrastructure/controllers/traefik/deployment.yaml',
      '+ gitops/infrastructure/controllers/traefik/kustomization.yaml',
      '+ gitops/infrastructure/controllers/traefik/namespace.yaml',
    ]);
    expect(await findings()).toEqual([]);
    expect(await built('gitops/infrastructure/controllers')).toContain('name: traefik');
  });

  it('registers the controllers where a cluster has none, and lets its apps wait for them', async () => {
    const homelab = 'gitops/clusters/homelab/infrastructure.yaml';
    await rm(join(repo, homelab));
    const apps = (await read('gitops/clusters/homelab/apps.yaml')).replaceAll(
      '    - name: infrastructure-policies\n',
      '',
    );
    await writeFile(
      join(repo, 'gitops/clusters/homelab/apps.yaml'),
      apps.replaceAll('  dependsOn:\n---', '---').replace('  prune: true', '  prune: true # Git is right.'),
    );
    const made = await add({ what: 'infrastructure', name: 'traefik' });
    expect(made).toContain(`+ ${homelab}`);
    expect(made).toContain('~ gitops/clusters/homelab/apps.yaml');
    const now = await read('gitops/clusters/homelab/apps.yaml');
    // The two that wait for redpanda wait for what that waits for.
    expect(now.match(/- name: infrastructure-controllers/g)).toHaveLength(3);
    expect(now).toContain('prune: true # Git is right.');
    expect(await read(homelab)).toContain('wait: true');
    expect(await findings()).toEqual([]);
  });
});
