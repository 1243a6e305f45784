import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Cluster, ClusterSettings } from '../../src/kube/cluster.ts';
import { openCluster, type OpenOptions } from '../../src/kube/open-cluster.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import type { AccountRule, TestCluster } from '../support/kube-client.ts';
import { clusterSettings, anOpener, type Opener } from '../support/kube-settings.ts';
import { sharedCluster } from '../support/kube-shared.ts';

const WHO = { method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews' } as const;
const PATH = { PATH: process.env['PATH'] ?? '' };

let real: TestCluster;
let opener: Opener;
let namespace: string;
const opened: Cluster[] = [];

beforeAll(async () => {
  real = await sharedCluster();
  opener = await anOpener();
  namespace = await real.namespace('access');
});
afterAll(async () => {
  for (const cluster of opened) await cluster.close();
  await opener?.close();
});

const fileOf = (name: string) => join(opener.folder, `${randomUUID()}-${name}`);

async function open(changes: Partial<ClusterSettings>, options: Partial<OpenOptions> = {}): Promise<Cluster> {
  const cluster = await openCluster(clusterSettings(changes), { env: PATH, ...options });
  opened.push(cluster);
  return cluster;
}

/** Writes a kubeconfig with a user for each context. */
async function kubeconfig(
  users: Record<string, JsonObject>,
  target: JsonObject = { server: real.url, 'certificate-authority': real.caFile },
): Promise<string> {
  const path = fileOf('kubeconfig');
  const names = Object.keys(users);
  const config = {
    clusters: [{ name: 'real', cluster: target }],
    users: names.map((name) => ({ name, user: users[name] })),
    contexts: names.map((name) => ({ name, context: { cluster: 'real', user: name } })),
    'current-context': names[0],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** In whose name the API server sees the requests of a cluster. */
async function whoIs(cluster: Cluster, impersonate?: { user: string; groups: string[] }): Promise<string> {
  const answer = await cluster.request({
    ...WHO,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    ...(impersonate === undefined ? {} : { impersonate }),
  });
  const { status } = answer as { status: { userInfo: { username: string; groups: string[] } } };
  return status.userInfo.username;
}

const anAccount = async (rules: AccountRule[] = []) => await real.account(namespace, rules);

describe('a kubeconfig', () => {
  it('is entered by its current context, or by the one that is named', async () => {
    const [one, two] = [await anAccount(), await anAccount()];
    const path = await kubeconfig({ one: { token: one.token }, two: { token: two.token } });
    expect(await whoIs(await open({ kubeconfig: path }))).toBe(one.user);
    expect(await whoIs(await open({ kubeconfig: path, context: 'two' }))).toBe(two.user);
    const lost = open({ kubeconfig: path, context: 'three' });
    await expect(lost).rejects.toMatchObject({ code: 'kube_config' });
    await expect(lost).rejects.toThrow('"three", only one, two');
  });

  it('is found by KUBECONFIG, several as one, the first that says something first', async () => {
    const [one, two] = [await anAccount(), await anAccount()];
    const first = await kubeconfig({ one: { token: one.token } });
    const second = await kubeconfig({ two: { token: two.token }, one: { token: two.token } });
    const env = { ...PATH, KUBECONFIG: `${first}:${second}` };
    expect(await whoIs(await open({}, { env }))).toBe(one.user);
    expect(await whoIs(await open({ context: 'two' }, { env }))).toBe(two.user);
  });

  it('is found in the home folder', async () => {
    const { user, token } = await anAccount();
    const home = fileOf('home');
    await mkdir(join(home, '.kube'), { recursive: true });
    await rename(await kubeconfig({ one: { token } }), join(home, '.kube', 'config'));
    expect(await whoIs(await open({}, { env: { HOME: home } }))).toBe(user);
  });

  it('that is written anew is read anew', async () => {
    const [one, two] = [await anAccount(), await anAccount()];
    const path = await kubeconfig({ me: { token: one.token } });
    const cluster = await open({ kubeconfig: path });
    expect(await whoIs(cluster)).toBe(one.user);
    await rename(await kubeconfig({ me: { token: two.token } }), path);
    await expect.poll(async () => await whoIs(cluster), { timeout: 30_000 }).toBe(two.user);
  });

  it('with a fault says so without what it holds', async () => {
    const token = `canary-${randomUUID()}`;
    const path = fileOf('broken');
    await writeFile(path, `users: [{name: a, user: {token: ${token}}]\n  - nonsense: {`);
    const opening = open({ kubeconfig: path });
    await expect(opening).rejects.toMatchObject({ code: 'kube_config', cause: undefined });
    await expect(opening).rejects.toThrow(`${path} is no kubeconfig`);
    await expect(opening).rejects.not.toThrow(token);
  });

  it('that is not there is named', async () => {
    await expect(open({ kubeconfig: '/nowhere/config' })).rejects.toThrow('/nowhere/config can');
    await expect(open({}, { env: {} })).rejects.toMatchObject({ code: 'kube_config' });
  });
});

describe('credentials', () => {
  it('of an exec plugin are asked for again when they have run out, and when they are refused', async () => {
    const [one, two] = [await anAccount(), await anAccount()];
    const [calls, answer, plugin] = [fileOf('calls'), fileOf('answer'), fileOf('plugin')];
    const give = async (token: string, lifeMs: number) => {
      const expirationTimestamp = new Date(Date.now() + lifeMs).toISOString();
      const apiVersion = 'client.authentication.k8s.io/v1';
      const credential = { apiVersion, kind: 'ExecCredential', status: { token, expirationTimestamp } };
      await writeFile(`${answer}.new`, JSON.stringify(credential));
      await rename(`${answer}.new`, answer);
    };
    await writeFile(
      plugin,
      `#!/bin/sh\necho "$WHO $HIDDEN $KUBERNETES_EXEC_INFO" >> ${calls}\ncat ${answer}\n`,
      { mode: 0o755 },
    );
    const path = await kubeconfig({
      me: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: `./${plugin.split('/').at(-1)}`,
          env: [{ name: 'WHO', value: 'plugin' }],
          interactiveMode: 'Never',
        },
      },
    });
    process.env['HIDDEN'] = 'not for plugins';
    try {
      await give(one.token, 3_600_000);
      const cluster = await open({ kubeconfig: path });
      expect([await whoIs(cluster), await whoIs(cluster)]).toEqual([one.user, one.user]);

      const lines = async () => (await readFile(calls, 'utf8')).trim().split('\n');
      expect(await lines()).toHaveLength(1);
      expect((await lines())[0]).toMatch(/^plugin {2}\{"apiVersion":"client.authentication.k8s.io\/v1"/);
      // The account goes, and with it what its token opened.
      await real.must(
        'DELETE',
        `/api/v1/namespaces/${namespace}/serviceaccounts/${one.user.split(':').at(-1)}`,
      );
      await give(two.token, 1);
      await expect.poll(async () => await whoIs(cluster), { timeout: 30_000 }).toBe(two.user);
      const before = (await lines()).length;
      expect(before).toBeGreaterThan(1);
      await expect
        .poll(async () => (await whoIs(cluster), (await lines()).length), { timeout: 30_000 })
        .toBeGreaterThan(before);
    } finally {
      delete process.env['HIDDEN'];
    }
  });

  it('of an exec plugin that fails are missing, and nothing that it printed is shown', async () => {
    const canary = `canary-${randomUUID()}`;
    const plugin = fileOf('plugin');
    await writeFile(plugin, `#!/bin/sh\necho ${canary}; echo ${canary} >&2\nexit 3\n`, { mode: 0o755 });
    const entry = (command: string) => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command } });
    const failing = open({ kubeconfig: await kubeconfig({ me: entry(plugin) }) });
    await expect(failing).rejects.toMatchObject({ code: 'kube_unauthorized' });
    const error = (await failing.catch((reason: unknown) => reason)) as Error;
    expect(error.message).toContain('exit code 3');
    expect([error.message, error.stack, String(error.cause)].join()).not.toContain(canary);
    const missing = open({ kubeconfig: await kubeconfig({ me: entry('no-such-plugin') }) });
    await expect(missing).rejects.toThrow('there is no such program');
  });

  it('in a token file are read as they are now', async () => {
    const [one, two] = [await anAccount(), await anAccount()];
    const file = fileOf('token');
    await writeFile(file, `${one.token}\n`);
    const cluster = await open({ kubeconfig: await kubeconfig({ me: { tokenFile: file, token: 'old' } }) });
    expect(await whoIs(cluster)).toBe(one.user);
    await writeFile(`${file}.new`, two.token);
    await rename(`${file}.new`, file);
    await expect.poll(async () => await whoIs(cluster), { timeout: 30_000 }).toBe(two.user);
  });

  it('of a pod are those of its account', async () => {
    const { user, token } = await anAccount();
    const folder = fileOf('account');
    await mkdir(folder);

    await writeFile(join(folder, 'ca.crt'), await readFile(real.caFile));
    await writeFile(join(folder, 'token'), token);
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(real.url).port };
    const cluster = await open({ inCluster: true }, { env, serviceAccountDir: folder });
    expect(await whoIs(cluster)).toBe(user);
    await expect(open({ inCluster: true }, { env: {} })).rejects.toThrow('this is no pod');
  });

  it('are not given to a server that another authority has signed', async () => {
    const me = { token: real.adminToken };
    const cluster = await open({ kubeconfig: await kubeconfig({ me }, { server: real.url }) });
    await expect(cluster.uid()).rejects.toMatchObject({ code: 'kube_unreachable', details: { sent: false } });
  });

  it('are not sent without TLS', async () => {
    const me = { token: real.adminToken };
    const opening = open({ kubeconfig: await kubeconfig({ me }, { server: 'http://127.0.0.1:1' }) });
    await expect(opening).rejects.toMatchObject({ code: 'kube_unauthorized' });
  });

  it('go through the proxy that the kubeconfig names', async () => {
    const proxy = await startConnectProxy();
    try {
      const target = { server: real.url, 'certificate-authority': real.caFile, 'proxy-url': proxy.url };
      const cluster = await open({
        kubeconfig: await kubeconfig({ me: { token: real.adminToken } }, target),
      });
      expect(await whoIs(cluster)).toBe('admin');
      expect(proxy.tunnels).toEqual([new URL(real.url).host]);
      await cluster.close();
    } finally {
      await proxy.close();
    }
  });
});

describe('the proxy of the environment', () => {
  it('is gone through, unless NO_PROXY says otherwise or the kubeconfig names another one', async () => {
    const [proxy, other] = [await startConnectProxy('127.0.0.1'), await startConnectProxy('127.0.0.1')];
    try {
      // A name that the server's certificate has, and that only the proxy knows.
      const server = `https://kubernetes.default.svc:${new URL(real.url).port}`;
      const target = { server, 'certificate-authority': real.caFile };
      const me = { me: { token: real.adminToken } };
      const env = { ...PATH, HTTPS_PROXY: proxy.url };
      expect(await whoIs(await open({ kubeconfig: await kubeconfig(me, target) }, { env }))).toBe('admin');
      expect(proxy.tunnels).toEqual([new URL(server).host]);
      const named = await kubeconfig(me, { ...target, 'proxy-url': other.url });
      expect(await whoIs(await open({ kubeconfig: named }, { env }))).toBe('admin');
      expect(other.tunnels).toEqual([new URL(server).host]);
      const direct = { ...env, NO_PROXY: '.svc' };
      const opening = await open({ kubeconfig: await kubeconfig(me, target) }, { env: direct });
      await expect(whoIs(opening)).rejects.toMatchObject({ code: 'kube_unreachable' });
      expect(proxy.tunnels).toHaveLength(1);
    } finally {
      for (const cluster of opened.splice(0)) await cluster.close();
      await proxy.close();
      await other.close();
    }
  });
});

describe('impersonation', () => {
  it('is of a user and of groups, for one request', async () => {
    const cluster = await opener.open(real);
    const impersonate = { user: 'eve@example.com', groups: ['team-a', 'team-b'] };
    expect(await whoIs(cluster, impersonate)).toBe('eve@example.com');
    expect(await whoIs(cluster)).toBe('admin');
    const secrets = await cluster.resource({ group: '', kind: 'Secret' });
    const reading = cluster.list(secrets, { namespace, impersonate });
    await expect(reading).rejects.toMatchObject({ code: 'kube_forbidden' });
    const audit = (await real.auditLog()).filter(
      (event) => event.impersonatedUser?.username === impersonate.user,
    );
    expect(audit.at(-1)?.impersonatedUser?.groups).toEqual(expect.arrayContaining(impersonate.groups));
    expect(audit.at(-1)?.user.username).toBe('admin');
  });

  it('of a kubeconfig holds, and gives way to that of a request', async () => {
    const me = { token: real.adminToken, as: 'bob@example.com', 'as-groups': ['system:masters'] };
    const cluster = await open({ kubeconfig: await kubeconfig({ me }) });
    expect(await whoIs(cluster)).toBe('bob@example.com');
    const impersonate = { user: 'eve@example.com', groups: [] };
    expect(await whoIs(cluster, impersonate)).toBe('eve@example.com');
    const roles = await cluster.resource({ group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' });
    // The groups of bob are not those of eve.
    await expect(cluster.list(roles, { impersonate })).rejects.toMatchObject({ code: 'kube_forbidden' });
  });
});
