import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthJson, StackJson } from '../../src/api/schemas/repo.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import {
  aSite,
  call,
  eventually,
  ready,
  runCli,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { commitFiles } from '../support/stacks-repo.ts';

const run = promisify(execFile);

const configMap = (name: string, color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  color: ${color}\n`;

const FILES = {
  'apps/shop/settings.yaml': configMap('shop', 'red'),
  'apps/healed/settings.yaml': configMap('healed', 'red'),
  'apps/quiet/settings.yaml': configMap('quiet', 'red'),
};

/** What is tested goes on from test to test, on one server with two processes that could watch. */
describe('a change by hand, where stacks are watched', () => {
  let site: Site;
  let up: PlumblineProcess;
  let second: PlumblineProcess;
  let kubectl: (...args: string[]) => Promise<string>;

  beforeAll(async () => {
    site = await aSite({});
    const shared = await sharedCluster();
    const namespace = await shared.namespace('watched');
    const kubeconfig = await shared.kubeconfig(join(site.dir, 'kubeconfig'), { namespace });
    const env = { ...toolEnv(process.env), KUBECONFIG: kubeconfig };
    kubectl = async (...args) => (await run('kubectl', args, { env })).stdout;
    const repo = join(site.dir, 'homelab');
    await commitFiles(repo, FILES);
    const none = { approvals: { required: 0 } };
    await site.configure({
      repos: [{ name: 'homelab', url: repo, interval: '0s' }],
      environments: [
        { name: 'production', paths: ['apps/shop', 'apps/quiet'], policy: none },
        { name: 'dev', paths: ['apps/healed'], policy: { ...none, automated: { self_heal: true } } },
      ],
      drivers: {
        kubernetes: {
          clusters: [{ name: 'home', kubeconfig }],
          namespace: `${namespace}-inventory`,
          watch: true,
          stacks: [
            { path: 'apps/quiet', namespace, watch: false },
            { path: '**', namespace },
          ],
        },
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
    second = startProcess(['worker', '--config', site.configFile]);
    await runCli(['sync', 'homelab', '--wait', '--server', site.url]);
    await eventually('the cluster is watched', async () => {
      const { watches } = (await call<HealthJson>(site, 'GET', '/api/health')).json;
      return watches.some(
        ({ state, stacks, heard_at: heard }) => state === 'ok' && stacks === 2 && heard !== null,
      );
    });
  });

  afterAll(async () => {
    await second?.stop();
    await up?.stop();
    await site?.remove();
  });

  const paint = (name: string, color: string) =>
    kubectl('patch', `configmap/${name}`, '-p', `{"data":{"color":"${color}"}}`);
  const color = (name: string) => kubectl('get', `configmap/${name}`, '-o', 'jsonpath={.data.color}');
  const statusOf = async (key: string) => {
    const { json } = await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/homelab/stacks');
    return json.stacks.find((stack) => stack.key === key)?.status;
  };
  const tasks = async () =>
    (await call<{ tasks: TaskJson[] }>(site, 'GET', '/api/tasks?repo=homelab&limit=50')).json.tasks;
  const watched = async () => (await tasks()).filter(({ trigger }) => trigger === 'watch');
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli([...args, '--server', site.url]);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  it('is found by a scan of just that stack, by one of the workers', async () => {
    await paint('shop', 'green');
    await eventually('it is drift', async () => (await statusOf('apps/shop')) === 'drifted');
    const found = await watched();
    expect(found).toMatchObject([{ kind: 'scan', stack: 'apps/shop', total: 1, actor: 'plumbline' }]);
    expect(await color('shop')).toBe('green');
  });

  it('is repaired where the environment heals itself, and the repair triggers nothing', async () => {
    await paint('healed', 'green');
    await eventually('it is repaired', async () => (await color('healed')) === 'red');
    await eventually('it is in sync', async () => (await statusOf('apps/healed')) === 'in_sync');
    await cli('reconcile', 'homelab', '--wait');
    expect(await color('shop')).toBe('red');
    expect((await watched()).map(({ stack }) => stack)).toEqual(['apps/healed', 'apps/shop']);
  });

  it('is left alone where nothing is watched, or the stack is suspended; then scans still find it', async () => {
    await cli('suspend', 'homelab', 'apps/shop');
    await paint('quiet', 'green');
    await paint('shop', 'green');
    const before = (await watched()).length;
    await paint('healed', 'green');
    await eventually('the one that is watched', async () => (await watched()).length > before);
    await eventually('it is repaired', async () => (await color('healed')) === 'red');
    expect((await watched())[0]).toMatchObject({ stack: 'apps/healed' });
    expect((await watched()).length).toBe(before + 1);
    await cli('scan', 'homelab', '--wait');
    expect([await statusOf('apps/quiet'), await statusOf('apps/shop')]).toEqual(['drifted', 'drifted']);
    await cli('resume', 'homelab', 'apps/shop');
    await cli('reconcile', 'homelab', '--wait');
  });

  it('in a storm is looked at a few times, and the last state counts', async () => {
    const before = (await watched()).length;
    for (let count = 0; count < 20; count += 1) await paint('shop', `shade-${count}`);
    await paint('shop', 'red');
    await eventually('the last look', async () => {
      const [last] = await watched();
      return (await watched()).length > before && last?.status !== 'running'
        ? statusOf('apps/shop')
        : undefined;
    });
    await eventually('it is in sync', async () => (await statusOf('apps/shop')) === 'in_sync');
    expect((await watched()).length - before).toBeLessThan(8);
  });
});
