import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourcesJson } from '../../src/api/schemas/resources.ts';
import type { LogLine } from '../../src/cli/log-lines.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import {
  aSite,
  call,
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
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: example.com/shop/web:1.4.2 }] }
`;
const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: red }\n';
const FILES = { 'apps/shop/web.yaml': WEB, 'apps/shop/settings.yaml': SETTINGS };

/** One server and a cluster of its own, from the first scan to a cluster that is gone. */
describe('looking at a Kubernetes stack', () => {
  let site: Site;
  let up: PlumblineProcess;
  let cluster: OwnCluster;
  let kubectl: (...args: string[]) => Promise<string>;
  let repo: string;

  beforeAll(async () => {
    site = await aSite({});
    cluster = await startKubeCluster();
    const kubeconfig = await cluster.kubeconfig(join(site.dir, 'kubeconfig'));
    const env = { ...toolEnv(process.env), KUBECONFIG: kubeconfig, KUBE_EDITOR: 'sed -i -e s/red/green/' };
    kubectl = async (...args) => (await run('kubectl', args, { env })).stdout;
    repo = join(site.dir, 'homelab');
    await commitFiles(repo, FILES);
    await site.configure({
      repos: [{ name: 'homelab', url: repo }],
      environments: [{ name: 'home', paths: ['**'], policy: { approvals: { required: 0 } } }],
      drivers: {
        kubernetes: {
          clusters: [{ name: 'home', kubeconfig, timeout: '2s' }],
          stacks: [{ path: '**', namespace: 'default', timeout: '1s' }],
        },
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
  });

  afterAll(async () => {
    await up?.stop();
    await cluster?.stop();
    await site?.remove();
  });

  const cli = async (...args: string[]): Promise<CliResult> => await runCli([...args, '--server', site.url]);
  const resources = async (query = ''): Promise<ResourcesJson> =>
    (await call<ResourcesJson>(site, 'GET', `/api/resources/homelab/apps/shop${query}`)).json;

  it('tells before the first apply what is missing', async () => {
    expect((await cli('scan', 'homelab', '--wait')).code).toBe(0);
    const { code, stdout, stderr } = await cli('tree', 'homelab', 'apps/shop');
    expect(code, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      'default/ConfigMap/settings  missing  missing',
      'default/Deployment.apps/web  missing  missing  example.com/shop/web:1.4.2',
    ]);
    const stacks = await cli('get', 'stacks', 'homelab');
    expect(stacks.stdout).toMatch(/^NAME +REVISION +SUSPENDED +READY +MESSAGE\n/);
    expect(stacks.stdout).toMatch(/apps\/shop +[0-9a-f]{12} +False +False +2 pending at [0-9a-f]{12}/);
  });

  it('shows after a sync what the cluster has made of it, by one look that all share', async () => {
    // Nobody runs pods here, so that the Deployment is never well.
    await cli('sync', 'homelab', '--wait');
    const { stdout } = await cli('tree', 'homelab', 'apps/shop', '--orphans');
    expect(stdout).toMatch(
      /default\/Deployment\.apps\/web {2}synced {2}progressing .*\n[^└]*└─ default\/ReplicaSet\.apps\/web-\w+ .*\n[^└]*└─ default\/Pod\/web-/,
    );
    expect(stdout).toContain('\nNobody declared: nothing.');
    const [one, other] = await Promise.all([resources('?max_age=600'), resources('?max_age=600')]);
    expect(one.at).toBe(other.at);
    const web = one.resources.find(({ kind }) => kind === 'Deployment');
    expect(web?.written?.commit).toMatch(/^[0-9a-f]{40}$/);
  });

  it('follows an object, and what it has made, back to its commit and its apply', async () => {
    const pod = (await kubectl('get', 'pods', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    const { code, stdout } = await cli('trace', `pod/${pod}`, '-n', 'default');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Object: +default\/Pod\/web-.*\nMade by: +default\/ReplicaSet\.apps\/web-\w+\nMade by: +default\/Deployment\.apps\/web\n/,
    );
    expect(stdout).toMatch(/^Stack: +apps\/shop$/m);
    expect(stdout).toMatch(/^Commit: +[0-9a-f]{40}$/m);
    expect(stdout).toMatch(/^Last apply: +attempt-\w+, applied at \d{4}-/m);
    const strange = await cli('trace', 'deployment/none');
    expect([strange.code, strange.stderr]).toEqual([1, expect.stringContaining('No stack is known to have')]);
    expect((await cli('trace', 'web')).code).toBe(1);
  });

  it('shows field by field what somebody edited, and exits as drift does', async () => {
    const clean = await cli('diff', 'homelab', '--fresh');
    expect([clean.code, clean.stdout]).toEqual([0, '']);
    const stacks = await cli('get', 'stacks');
    expect(stacks.stdout).toMatch(
      /homelab\/apps\/shop .* Unknown +default\/Deployment\.apps\/web is progressing/,
    );
    await kubectl('edit', 'configmap/settings');
    const { code, stdout } = await cli('diff', 'homelab', 'apps/shop', '--fresh');
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^~ default\/ConfigMap\/settings \(drift, \w+, changed by kubectl-edit at \d{4}-/m,
    );
    expect(stdout).toContain('    /data/color\n      - "red"  # applied\n      + "green"  # live\n');
    const folder = ['--local', repo, '--config', site.configFile, '--as', 'homelab'];
    const { code: local, stdout: here } = await runCli(['diff', 'apps/shop', ...folder]);
    expect([local, here]).toEqual([3, expect.stringContaining('+ "green"  # live')]);
  });

  it('says which stacks are suspended', async () => {
    await cli('pause', 'homelab', 'apps/shop', '--reason', 'a test');
    const { stdout } = await cli('get', 'stacks', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ stacks: [{ name: 'homelab/apps/shop', suspended: true }] });
    await cli('resume', 'homelab', 'apps/shop');
  });

  it('keeps what was last seen while the cluster is down, and says so', async () => {
    const before = await resources();
    await cluster.apiServer.stop();
    const down = await eventually('a look fails', async () => {
      const seen = await resources('?max_age=2');
      return seen.problem === null ? undefined : seen;
    });
    expect(down.problem?.code).toBe('cluster_unreachable');
    expect(down.resources).toEqual(before.resources);
    const { code, stdout, stderr } = await cli('tree', 'homelab', 'apps/shop');
    expect([code, stdout]).toEqual([1, expect.stringContaining('default/Deployment.apps/web')]);
    expect(stderr).toMatch(/This is as of \d{4}-.*, \d+ s ago/);
    await cluster.apiServer.start();
  });

  it('tells what it does, of all tasks in one log, and goes on after the server was away', async () => {
    const told = await cli('logs', 'homelab', 'apps/shop', '--since', '1h', '--json');
    const lines = told.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine);
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted());
    expect(lines.some(({ level, message }) => level === 'info' && message.startsWith('scan completed'))).toBe(
      true,
    );
    expect(lines.some(({ level, stack }) => level === 'info' && stack === 'apps/shop')).toBe(true);
    const errors = await cli('logs', '--since', '1h', '--level', 'error');
    expect(errors.stdout).not.toContain(' info ');
    const follower = startProcess(['logs', '--follow', '--since', '1s', '--server', site.url]);
    try {
      await cli('scan', 'homelab', '--wait');
      await eventually('the scan is told', async () => follower.log().includes('scan completed (1 stack'));
      await up.stop();
      await eventually('it waits', async () => follower.log().includes('does not answer; waiting for it'));
      up = startProcess(['up', '--config', site.configFile]);
      await ready(site, up);
      await cli('scan', 'homelab', '--wait');
      await eventually(
        'the next scan is told',
        async () => [...follower.log().matchAll(/scan completed/g)].length === 2,
      );
    } finally {
      await follower.kill();
    }
  });
});
