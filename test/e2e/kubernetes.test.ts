import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalsJson } from '../../src/api/schemas/approval.ts';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import {
  aSite,
  eventually,
  ready,
  runCli,
  startProcess,
  type CliResult,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { commitFiles } from '../support/stacks-repo.ts';

const run = promisify(execFile);
const PEOPLE = { alice: 'approver', bob: 'approver', carol: 'approver' } as const;
type Who = keyof typeof PEOPLE;

/** Somebody who edits by hand. */
const EDITOR = { KUBE_EDITOR: 'sed -i -e s/red/green/' };

const configMap = (name: string, color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  color: ${color}\n`;

const FILES = {
  'apps/shop/kustomization.yaml': 'namePrefix: shop-\nresources: [settings.yaml]\n',
  'apps/shop/settings.yaml': configMap('settings', 'red'),
  'infrastructure/base/settings.yaml': configMap('base', 'red'),
  'infrastructure/edge/settings.yaml': configMap('edge', 'red'),
};

/** What is tested goes on from test to test, as an operator's day does: one server, two clusters, three stacks. */
describe('Kubernetes stacks on a server', () => {
  let site: Site;
  let up: PlumblineProcess;
  let edge: OwnCluster;
  let kubectl: (...args: string[]) => Promise<string>;
  let repo: string;

  beforeAll(async () => {
    site = await aSite({});
    const shared = await sharedCluster();
    edge = await startKubeCluster();
    const namespace = await shared.namespace('e2e');
    const kubeconfig = await shared.kubeconfig(join(site.dir, 'shared.kubeconfig'), { namespace });
    const edgeConfig = await edge.kubeconfig(join(site.dir, 'edge.kubeconfig'));
    kubectl = async (...args) =>
      (await run('kubectl', args, { env: { ...toolEnv(process.env), KUBECONFIG: kubeconfig, ...EDITOR } }))
        .stdout;
    repo = join(site.dir, 'homelab');
    await commitFiles(repo, FILES);
    await site.configure({
      repos: [{ name: 'homelab', url: repo }],
      environments: [
        { name: 'production', paths: ['apps/**'], policy: { approvals: { required: 2 } } },
        { name: 'platform', paths: ['infrastructure/**'], policy: { approvals: { required: 0 } } },
      ],
      drivers: {
        kubernetes: {
          clusters: [
            { name: 'home', kubeconfig },
            { name: 'edge', kubeconfig: edgeConfig, timeout: '2s' },
          ],
          namespace: `${namespace}-inventory`,
          stacks: [
            { path: 'infrastructure/edge', cluster: 'edge', namespace: 'default' },
            { path: '**', cluster: 'home', namespace },
          ],
        },
      },
      auth: {
        tokens: Object.entries(PEOPLE).map(([name, role]) => ({
          name: `${name}@example.com`,
          hash: `sha256:${createHash('sha256').update(`${name}-token`).digest('hex')}`,
          role,
        })),
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
  });

  afterAll(async () => {
    await up?.stop();
    await edge?.stop();
    await site?.remove();
  });

  const as = async (who: Who, ...args: string[]): Promise<CliResult> =>
    await runCli([...args, '--server', site.url], { env: { PLUMBLINE_TOKEN: `${who}-token` } });

  /** Each stack as a scan leaves it. */
  async function scanned(): Promise<Map<string, StackJson>> {
    await as('alice', 'scan', 'homelab', '--wait');
    const { code, stdout, stderr } = await as('alice', 'status', 'homelab', '--format', 'json');
    expect(code, stderr).toBe(0);
    const { stacks } = JSON.parse(stdout) as { stacks: StackJson[] };
    return new Map(stacks.map((stack) => [stack.key, stack]));
  }

  const statuses = (stacks: Map<string, StackJson>) =>
    Object.fromEntries([...stacks].map(([key, { status }]) => [key, status]));
  const color = (name: string) => kubectl('get', `configmap/${name}`, '-o', 'jsonpath={.data.color}');

  it('finds the stacks of each cluster, and what is pending', async () => {
    expect(statuses(await scanned())).toEqual({
      'apps/shop': 'pending',
      'infrastructure/base': 'pending',
      'infrastructure/edge': 'pending',
    });
  });

  it('applies at once where nobody has to agree, and after two people elsewhere', async () => {
    const platform = await as('alice', 'sync', 'platform', '--wait');
    expect(platform.code, platform.stderr).toBe(0);
    const production = await as('alice', 'sync', 'production', '--wait');
    expect(production.code, production.stderr).toBe(4);
    expect((await as('bob', 'approve', 'homelab', 'apps/shop')).code).toBe(0);
    expect(await kubectl('get', 'configmaps', '-o', 'name')).not.toContain('shop-settings');
    expect((await as('carol', 'approve', 'homelab', 'apps/shop')).code).toBe(0);
    await eventually('the approved plan is applied', async () => {
      const { stdout } = await as('bob', 'attempts', '--stack', 'apps/shop', '--format', 'json');
      return stdout.includes('"applied"');
    });
    expect(await color('shop-settings')).toBe('red');
    expect(new Set(Object.values(statuses(await scanned())))).toEqual(new Set(['in_sync']));
    const { stdout } = await as('bob', 'approvals', '--all', '--format', 'json');
    expect((JSON.parse(stdout) as ApprovalsJson).approvals).toMatchObject([
      { stack: 'apps/shop', approved_by: ['bob@example.com', 'carol@example.com'] },
    ]);
    const trace = await as('bob', 'trace', 'cm/shop-settings');
    expect(trace.stdout).toMatch(/^Approved by: +bob@example\.com, carol@example\.com$/m);
  });

  it('finds what somebody edited by hand, says who, and repairs it', async () => {
    await kubectl('edit', 'configmap/base');
    expect(await color('base')).toBe('green');
    expect(statuses(await scanned())).toMatchObject({ 'infrastructure/base': 'drifted' });
    const report = await as('alice', 'scan', 'homelab', '--wait', '--format', 'markdown');
    expect(report.stdout).toMatch(/ConfigMap\/base \(update, drift, changed by kubectl-edit at \d{4}-/);
    expect(report.stdout).toContain('- /data/color: "red"\n+ /data/color: "green"');
    const repaired = await as('alice', 'reconcile', 'platform', '--wait');
    expect(repaired.code, repaired.stderr).toBe(0);
    expect(await color('base')).toBe('red');
    expect(statuses(await scanned())).toMatchObject({ 'infrastructure/base': 'in_sync' });
  });

  it('lets a bad manifest stop its own stack only, names its line, and is healed by a revert', async () => {
    await commitFiles(repo, { 'apps/shop/settings.yaml': configMap('settings', 'blue') }, 'Paint it');
    await commitFiles(repo, { 'infrastructure/base/bad.yaml': '# broken\nkind: ConfigMap\n' }, 'Break it');
    const stacks = await scanned();
    expect(statuses(stacks)).toEqual({
      'apps/shop': 'pending',
      'infrastructure/base': 'errored',
      'infrastructure/edge': 'in_sync',
    });
    expect(stacks.get('infrastructure/base')?.error?.message).toContain('infrastructure/base/bad.yaml:2');
    const table = await as('alice', 'status', 'homelab');
    expect(table.stdout).toMatch(/infrastructure\/base +errored .*Not everything could be planned/);
    const identity = ['-c', 'user.name=tests', '-c', 'user.email=tests@example.com'];
    await run('git', [...identity, 'revert', '--no-edit', 'HEAD'], { cwd: repo });
    expect(statuses(await scanned())).toMatchObject({ 'infrastructure/base': 'in_sync' });
  });

  it('says of a cluster that cannot be reached that nothing is known, and is well again with it', async () => {
    await edge.apiServer.stop();
    const stacks = await scanned();
    expect(statuses(stacks)).toMatchObject({
      'infrastructure/base': 'in_sync',
      'infrastructure/edge': 'unknown',
    });
    expect(stacks.get('infrastructure/edge')?.error).toMatchObject({ code: 'cluster_unreachable' });
    await edge.apiServer.start();
    expect(statuses(await scanned())).toMatchObject({ 'infrastructure/edge': 'in_sync' });
  });

  it('scans a folder without a server', async () => {
    const local = ['scan', '--local', repo, '--config', site.configFile];
    const { code, stdout, stderr } = await runCli([...local, '--as', 'homelab']);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/homelab +apps\/shop +pending +0 +1 /);
    expect(stdout).toMatch(/homelab +infrastructure\/base +in_sync /);
    const strange = await runCli(local);
    expect([strange.code, strange.stdout]).toEqual([1, expect.stringContaining('Not everything could be')]);
    const unknown = await runCli([...local, '--as', 'nothing']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('It has: homelab.')]);
  });
});
