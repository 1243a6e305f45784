import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKubernetesOptions } from '../stack-options.ts';
import { findDefinedStacks, ignoredByDefinition, stackOptionsAt } from './defined-stacks.ts';

const URL = 'https://git.example.com/home.git';
const log = { debug: () => {}, info: () => {}, warn: () => {} };

let workTree: string;
beforeEach(async () => {
  workTree = await mkdtemp(join(tmpdir(), 'plumbline-defined-'));
  await mkdir(join(workTree, 'apps/x'), { recursive: true });
});
afterEach(async () => await rm(workTree, { recursive: true }));

const write = async (text: string) => await writeFile(join(workTree, 'apps.yaml'), text);
const source = () => ({
  repo: 'home',
  workTree,
  commit: 'a'.repeat(40),
  include: [],
  exclude: [],
  options: {},
  origin: { url: URL, branch: null },
  log,
  signal: new AbortController().signal,
});
const clusters = ['dev', 'staging', 'prod'].map((name) => ({ name, kubeconfig: `/${name}` }));
const application = (cluster: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: x, namespace: argocd }
spec:
  source: { repoURL: ${URL}, path: apps/x }
  destination: { name: ${cluster}, namespace: x }
`;
const kustomization = (timeout: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: home, namespace: flux-system }
spec: { url: ${URL} }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: x, namespace: flux-system }
spec:
  path: ./apps/x
  timeout: ${timeout}
  serviceAccountName: admin
  sourceRef: { kind: GitRepository, name: home }
`;

describe('definitions and the config', () => {
  it('keep with the stack whether its objects go with the definition', async () => {
    const options = readKubernetesOptions({ clusters, default_cluster: 'dev' });
    const settingsWith = async (prune: boolean) => {
      await write(kustomization('5m').replace('  timeout:', `  prune: ${prune}\n  timeout:`));
      return (await findDefinedStacks(source(), options)).stacks[0]!.settings;
    };
    expect(await settingsWith(true)).toMatchObject({ takes_all: 'true' });
    expect(await settingsWith(false)).not.toHaveProperty('takes_all');
  });

  it('keep with the stack what a definition ignores, for what has no work tree', async () => {
    const options = readKubernetesOptions({ clusters, default_cluster: 'dev' });
    const ignored =
      '  ignoreDifferences: [{ group: apps, kind: Deployment, jsonPointers: [/spec/replicas] }]\n';
    await write(`${application('dev')}${ignored}`);
    const { stacks } = await findDefinedStacks(source(), options);
    expect(ignoredByDefinition(stacks[0]!)).toMatchObject([
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
    ]);
    await write(application('dev'));
    const [without] = (await findDefinedStacks(source(), options)).stacks;
    expect(without?.settings).not.toHaveProperty('ignore_differences');
    expect(ignoredByDefinition(without!)).toEqual([]);
  });

  it('may choose only among the clusters that the config names for the folder', async () => {
    const options = readKubernetesOptions({
      clusters,
      default_cluster: 'dev',
      stacks: [{ path: 'apps/**', cluster: ['dev', 'staging'] }],
    });
    await write(application('staging'));
    expect(await findDefinedStacks(source(), options)).toMatchObject({
      stacks: [{ path: 'apps/x', settings: { cluster: 'staging' } }],
      warnings: [],
    });
    await write(application('prod'));
    const { stacks, warnings } = await findDefinedStacks(source(), options);
    expect(stacks).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining('it is for the cluster prod, and the config has apps/x on dev, staging'),
    ]);
  });

  it('reach no cluster that the config keeps for other repositories, and both are named', async () => {
    const kept = clusters.map((each) =>
      each.name === 'prod' ? { ...each, repos: ['infra', 'ops-*'] } : each,
    );
    const options = readKubernetesOptions({ clusters: kept });
    await write(application('prod'));
    const { stacks, warnings } = await findDefinedStacks(source(), options);
    expect(stacks).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining(
        'for the cluster prod, and the config keeps that for infra, ops-*, which home is none of',
      ),
    ]);
    const found = await findDefinedStacks({ ...source(), repo: 'infra@main' }, options);
    expect(found.stacks).toMatchObject([{ settings: { cluster: 'prod' } }]);
    await write(application('staging'));
    expect((await findDefinedStacks(source(), options)).stacks).toHaveLength(1);
  });

  it('are of the cluster in whose folder they stand, whatever that of all clusters is called', async () => {
    await mkdir(join(workTree, 'fleet/staging'), { recursive: true });
    await writeFile(join(workTree, 'fleet/staging/x.yaml'), kustomization('1m'));
    const known = { clusters, default_cluster: 'dev' };
    const on = async (more: object) =>
      (await findDefinedStacks(source(), readKubernetesOptions({ ...known, ...more }))).stacks;
    expect(await on({ layers: { clusters: 'fleet' } })).toMatchObject([
      { key: 'apps/x@staging', settings: { cluster: 'staging' } },
    ]);
    expect(await on({})).toMatchObject([{ key: 'apps/x', settings: { cluster: 'dev' } }]);
  });

  it.each([
    ['9999h', 3_600_000],
    ['1ms', 1000],
    ['2m', 120_000],
  ])('a timeout of %s is one of %d ms, and an account is nobody the config has named', async (text, ms) => {
    await write(kustomization(text));
    const options = readKubernetesOptions({ clusters: clusters.slice(0, 1) });
    const { stacks } = await findDefinedStacks(source(), options);
    const at = { workTree, stack: stacks[0]!, signal: new AbortController().signal };
    expect(await stackOptionsAt(at, options)).toMatchObject({
      timeoutMs: ms,
      impersonate: null,
      definition: { impersonate: { user: 'system:serviceaccount:flux-system:admin' } },
    });
  });
});
