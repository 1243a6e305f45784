import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
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
const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: red }\n`;

/** A repository that loses a stack, and then another one's name. */
describe('a Kubernetes stack that is removed from Git, on a server', () => {
  let site: Site;
  let up: PlumblineProcess;
  let kubectl: (...args: string[]) => Promise<string>;
  let repo: string;

  beforeAll(async () => {
    site = await aSite({});
    const shared = await sharedCluster();
    const namespace = await shared.namespace('removed');
    const kubeconfig = await shared.kubeconfig(join(site.dir, 'kubeconfig'), { namespace });
    kubectl = async (...args) =>
      (await run('kubectl', args, { env: { ...toolEnv(process.env), KUBECONFIG: kubeconfig } })).stdout;
    repo = join(site.dir, 'homelab');
    await commitFiles(repo, {
      'apps/shop/settings.yaml': configMap('shop'),
      'apps/mail/settings.yaml': configMap('mail'),
    });
    await site.configure({
      repos: [{ name: 'homelab', url: repo }],
      environments: [
        { name: 'home', paths: ['**'], policy: { approvals: { required: 1, from_severity: 'critical' } } },
      ],
      drivers: {
        kubernetes: {
          clusters: [{ name: 'home', kubeconfig }],
          namespace: `${namespace}-inventory`,
          stacks: [{ path: '**', namespace }],
        },
      },
      auth: {
        tokens: ['alice', 'bob'].map((name) => ({
          name: `${name}@example.com`,
          hash: `sha256:${createHash('sha256').update(`${name}-token`).digest('hex')}`,
          role: 'approver',
        })),
      },
    });
    up = startProcess(['up', '--config', site.configFile]);
    await ready(site, up);
  });

  afterAll(async () => {
    await up?.stop();
    await site?.remove();
  });

  const as = async (who: string, ...args: string[]): Promise<CliResult> =>
    await runCli([...args, '--server', site.url], { env: { PLUMBLINE_TOKEN: `${who}-token` } });
  const names = async () =>
    (await kubectl('get', 'configmaps', '-o', 'name'))
      .trim()
      .split('\n')
      .filter((name) => !name.includes('kube-root-ca'));

  async function scanned(): Promise<Record<string, string>> {
    await as('alice', 'scan', 'homelab', '--wait');
    const { code, stdout, stderr } = await as('alice', 'status', 'homelab', '--format', 'json');
    expect(code, stderr).toBe(0);
    const { stacks } = JSON.parse(stdout) as { stacks: StackJson[] };
    return Object.fromEntries(stacks.map(({ key, status }) => [key, status]));
  }

  it('is pending, waits for somebody’s approval, is pruned and forgotten', async () => {
    expect((await as('alice', 'sync', 'homelab', '--wait')).code).toBe(0);
    expect(await names()).toEqual(['configmap/mail', 'configmap/shop']);
    await rm(join(repo, 'apps/mail'), { recursive: true });
    await commitFiles(repo, {}, 'Remove the mail');
    expect(await scanned()).toEqual({ 'apps/mail': 'pending', 'apps/shop': 'in_sync' });
    const { stdout } = await as('alice', 'diff', 'homelab', 'apps/mail');
    expect(stdout).toMatch(/^- removed-\S+\/ConfigMap\/mail \(pending/m);

    const sync = await as('alice', 'sync', 'homelab', '--wait');
    expect(sync.code, sync.stderr).toBe(4);
    expect(await names()).toContain('configmap/mail');
    expect((await as('bob', 'approve', 'homelab', 'apps/mail')).code).toBe(0);
    await eventually('what is left of it is gone', async () => !(await names()).includes('configmap/mail'));
    await eventually('the attempt has ended', async () =>
      (await as('bob', 'attempts', '--stack', 'apps/mail', '--format', 'json')).stdout.includes('"applied"'),
    );
    expect(await scanned()).toEqual({ 'apps/shop': 'in_sync' });
  });

  it('is not pruned of what a renamed folder has', async () => {
    const uid = await kubectl('get', 'configmap/shop', '-o', 'jsonpath={.metadata.uid}');
    await rename(join(repo, 'apps/shop'), join(repo, 'apps/store'));
    await commitFiles(repo, {}, 'Rename the shop');
    expect(await scanned()).toEqual({ 'apps/shop': 'in_sync', 'apps/store': 'pending' });
    const sync = await as('alice', 'sync', 'homelab', '--wait');
    expect(sync.code, sync.stdout + sync.stderr).toBe(0);
    expect(await scanned()).toEqual({ 'apps/store': 'in_sync' });
    expect(await kubectl('get', 'configmap/shop', '-o', 'jsonpath={.metadata.uid}')).toBe(uid);
  });
});
