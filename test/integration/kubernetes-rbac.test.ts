import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutKind, RolloutTarget } from '../../src/domain/rollout-target.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { errorCode } from '../../src/util/errors.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { everyClusterKind, everyNamespacedKind } from '../support/every-kind.ts';
import { isUsedBy, rbacFile, rightsIn, rightText, type Right } from '../support/granted-rights.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import { anOpener, type Opener } from '../support/kube-settings.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);
const HOME = 'plumbline-system';
const SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { color: red }\n';
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { token: "1234567" }\n';

let cluster: OwnCluster;
let opener: Opener;
let folder: string;
/** The tokens of the two accounts of deploy/kubernetes/rbac.yaml. */
let applying: string;
let planning: string;
const stacks: KubernetesStack[] = [];

const kubectl = async (...args: string[]) =>
  (
    await run('kubectl', args, {
      env: { ...toolEnv(process.env), KUBECONFIG: join(folder, 'admin.kubeconfig') },
    })
  ).stdout;
const tokenOf = async (account: string): Promise<string> => {
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/${account}/token`;
  const { status } = await cluster.must('POST', path, { body: { spec: {} } });
  return (status as { token: string }).token;
};
/** Whether an account may do something, by what the server itself says. */
const may = async (token: string, verb: string, resource: string, where = {}): Promise<boolean> => {
  const [group, kind, subresource] = resource.split(':');
  const resourceAttributes = { verb, group, resource: kind, subresource, ...where };
  const { status } = await cluster.must('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    token,
    body: { spec: { resourceAttributes } },
  });
  return (status as { allowed: boolean }).allowed;
};
/** Roles that are put together from others are empty until the controllers have done it. */
const untilAggregated = async () =>
  await waitFor('the roles', async () => {
    const { rules } = await cluster.must(
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/plumbline-apply',
    );
    return JSON.stringify(rules).includes('cronjobs') && JSON.stringify(rules).includes('pods/log');
  });
const aStackOf = async (
  token: string,
  files: Record<string, string>,
  options: object = {},
): Promise<KubernetesStack> => {
  const path = `apps/${stacks.length}`;
  const made = await aKubernetesStack(cluster, files, { token, inventory: HOME, options, path });
  stacks.push(made);
  return made;
};
const forbidden = async (token: string, method: string, path: string, body?: object) => {
  const { status, body: said } = await cluster.request(method, path, { token, body });
  expect({ path, status, reason: said?.['reason'] }).toEqual({ path, status: 403, reason: 'Forbidden' });
};

beforeAll(async () => {
  cluster = await startKubeCluster();
  opener = await anOpener();
  ({ folder } = opener);
  await cluster.kubeconfig(join(folder, 'admin.kubeconfig'));
  await kubectl('apply', '-f', rbacFile('rbac.yaml'));
  applying = await tokenOf('plumbline');
  planning = await tokenOf('plumbline-plan');
  await untilAggregated();
});
afterAll(async () => {
  for (const stack of stacks) await stack.remove();
  await opener?.close();
  await cluster?.stop();
});

/** Watches kinds until each watch has told of a change to the object that is called `every`. */
async function watchKinds(token: string, namespace: string, kinds: readonly Right[]): Promise<void> {
  const opened = await opener.open(cluster, { token, maxInFlight: 64 });
  const served = await opened.resources();
  await Promise.all(
    kinds.map(async ({ resource }) => {
      const type = served.find(
        ({ group, plural }) => (group === '' ? plural : `${group}/${plural}`) === resource,
      );
      if (type === undefined) throw new Error(`The cluster does not serve ${resource}.`);
      const name = resource.endsWith('customresourcedefinitions') ? 'everies.every.example.com' : 'every';
      const path = objectPath(type, { namespace, name });
      const ended = new AbortController();
      await opened
        .watch(type, {
          signal: ended.signal,
          ...(type.namespaced ? { namespaces: [namespace] } : {}),
          onEvent: async ({ type: told }) => {
            if (told === 'modified') ended.abort();
            if (told !== 'synced') return;
            const body = { metadata: { labels: { watched: 'yes' } } };
            await cluster.must('PATCH', path, { contentType: 'application/merge-patch+json', body });
          },
        })
        .catch((error: unknown) => {
          if (!ended.signal.aborted) throw error;
        });
    }),
  );
}

/** The returns of workloads to revisions of their own, what a stack has, and what a pod says: as Plumbline itself does it. */
async function lookAndGoBack(stack: KubernetesStack, token: string): Promise<void> {
  const at = (kind: RolloutKind): RolloutTarget => ({
    kind,
    namespace: null,
    name: 'every',
    revision: 'previous',
  });
  await waitFor('two revisions', async () => {
    const kept = JSON.parse(await stack.kubectl('get', 'replicasets,controllerrevisions', '-o', 'json')) as {
      items: { kind: string }[];
    };
    return ['ReplicaSet', 'ControllerRevision'].every(
      (kind) => kept.items.filter((item) => item.kind === kind).length >= 2,
    );
  });
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet'] as const)
    expect(await stack.undo(at(kind))).toMatchObject({ status: 'undone' });
  const { resources, notes } = await stack.inspect();
  expect(notes).toEqual([]);
  expect(resources.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['Deployment', 'StatefulSet', 'DaemonSet']),
  );
  const opened = await opener.open(cluster, { token });
  const pod = { namespace: stack.namespace, name: 'every' };
  // The pod has no node, so that there is none; what counts is that it could be asked for.
  expect(await opened.podLog(pod, { container: 'web', lines: 5 }).catch(errorCode)).not.toBe(
    'kube_forbidden',
  );
}

describe('the rights of deploy/kubernetes', () => {
  it('are enough for all that Plumbline does in one namespace, and reach no other', async () => {
    const shop = await aStackOf(applying, { 'a.yaml': SETTINGS, 'key.yaml': SECRET });
    await kubectl('apply', '-n', shop.namespace, '-f', rbacFile('rbac-namespace.yaml'));
    await waitFor('the binding', () => may(applying, 'patch', ':configmaps', { namespace: shop.namespace }));
    expect((await shop.plan()).plan.warnings).toEqual([]);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await shop.verify()).toMatchObject({ ok: true });
    // An inventory of several parts loses the last of them when there is less to keep.
    const keys = Array.from({ length: 1500 }, (_, at) => `${'a-long-name-of-a-key'.repeat(3)}-${at}: "1"`);
    const large = (name: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  ${keys.join('\n  ')}\n`;
    await shop.write(Object.fromEntries(['b', 'c', 'd', 'e'].map((name) => [`${name}.yaml`, large(name)])));
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    await shop.write(Object.fromEntries(['b', 'c', 'd', 'e'].map((name) => [`${name}.yaml`, ''])));
    expect(changesOf((await shop.plan()).plan)).toEqual(
      ['b', 'c', 'd', 'e'].map((name) => `delete ConfigMap/${name} pending`),
    );
    expect(await shop.apply()).toMatchObject({ status: 'applied' });

    const other = await cluster.namespace('other');
    await forbidden(applying, 'GET', `/api/v1/namespaces/${other}/configmaps`);
    await forbidden(applying, 'GET', `/api/v1/namespaces/${other}/secrets`);
    await forbidden(applying, 'DELETE', `/api/v1/namespaces/${other}`);
    await forbidden(applying, 'GET', '/api/v1/secrets');
    await forbidden(applying, 'DELETE', `/api/v1/namespaces/${HOME}`);
  });

  it('let the account for plans change nothing, and read Secrets only where it may', async () => {
    const shop = await aStackOf(planning, { 'a.yaml': SETTINGS, 'key.yaml': SECRET });
    const { namespace } = shop;
    await kubectl('apply', '-n', namespace, '-f', rbacFile('rbac-namespace.yaml'));
    await waitFor('the binding', () => may(planning, 'get', ':configmaps', { namespace }));
    const before = (await shop.plan()).plan;
    expect(changesOf(before)).toEqual(['create ConfigMap/a pending']);
    expect(before.basis.problems).toMatchObject([{ address: `${namespace}/Secret/key` }]);
    const objects = `/api/v1/namespaces/${namespace}`;
    await forbidden(planning, 'GET', `${objects}/secrets/key`);
    await forbidden(planning, 'POST', `${objects}/configmaps`, { metadata: { name: 'b' } });
    await forbidden(planning, 'POST', `${objects}/configmaps?dryRun=All`, { metadata: { name: 'b' } });
    await forbidden(planning, 'DELETE', `${objects}/configmaps/kube-root-ca.crt`);
    await forbidden(planning, 'DELETE', `/api/v1/namespaces/${HOME}/configmaps/inventory`);
    await expect(shop.apply()).rejects.toMatchObject({ code: 'plan_incomplete' });

    const account = `--serviceaccount=${HOME}:plumbline-plan`;
    const role = 'plumbline-plan-secrets';
    await kubectl('create', 'rolebinding', role, '-n', namespace, `--clusterrole=${role}`, account);
    await kubectl('create', 'secret', 'generic', 'every', '-n', namespace);
    await waitFor('the binding', () => may(planning, 'get', ':secrets', { namespace }));
    await watchKinds(planning, namespace, [{ role: '', verb: 'watch', resource: 'secrets' }]);
    expect(changesOf((await shop.plan()).plan)).toEqual([
      'create ConfigMap/a pending',
      'create Secret/key pending',
    ]);
  });

  it('are enough for all kinds everywhere, and each of them is needed', { timeout: 300_000 }, async () => {
    await kubectl('apply', '-f', rbacFile('rbac-cluster.yaml'));
    await waitFor('the binding', () => may(applying, 'patch', ':namespaces'));
    const files = (step: string, replace = false) => ({
      'namespaced.yaml': everyNamespacedKind({ step, replace }),
      'cluster.yaml': everyClusterKind({ step, replace }),
    });
    const every = await aStackOf(applying, files('1'), { timeout: '2s' });
    expect(await every.apply()).toMatchObject({ status: 'applied' });
    expect((await every.verify()).summary).toContain('progressing');
    await every.write(files('2'));
    expect(await every.apply()).toMatchObject({ status: 'applied' });
    await lookAndGoBack(every, applying);
    await every.write(files('3', true));
    expect(await every.apply()).toMatchObject({ status: 'applied' });
    expect((await every.plan()).plan.changes).toEqual([]);

    const rights = await rightsIn('rbac.yaml');
    const watched = new Map(
      rights.flatMap((right) => (right.verb === 'watch' ? [[right.resource, right]] : [])),
    );
    await watchKinds(applying, every.namespace, [...watched.values()]);
    await every.write({ 'namespaced.yaml': '', 'cluster.yaml': '', 'a.yaml': SETTINGS });
    await every.on('test').apply();
    expect(changesOf((await every.plan()).plan)).toEqual([]);

    const ours = (await cluster.auditLog()).filter(({ user }) =>
      user.username.startsWith(`system:serviceaccount:${HOME}:`),
    );
    const unused = rights.filter((right) => !ours.some((event) => isUsedBy(right, event)));
    expect(unused.map(rightText)).toEqual([]);
  });

  it('let nobody gain more rights, or act as somebody else', async () => {
    await kubectl('apply', '-f', rbacFile('rbac-cluster.yaml'));
    await waitFor('the binding', () => may(applying, 'patch', ':namespaces'));
    const roles = '/apis/rbac.authorization.k8s.io/v1';
    const exec = { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] };
    await forbidden(applying, 'POST', `${roles}/clusterroles`, { metadata: { name: 'more' }, rules: [exec] });
    await forbidden(applying, 'POST', `${roles}/clusterrolebindings`, {
      metadata: { name: 'more' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'plumbline', namespace: HOME }],
    });
    const own = `${roles}/clusterroles/plumbline-identity`;
    const grown = { op: 'add', path: '/rules/-', value: exec };
    const patched = await cluster.request('PATCH', own, {
      token: applying,
      contentType: 'application/json-patch+json',
      body: [grown],
    });
    expect(patched.status).toBe(403);
    const { namespace } = await aStackOf(applying, {});
    const refused: [string, string, object?][] = [
      ['create', ':pods:exec', { namespace }],
      ['create', ':pods:portforward', { namespace }],
      ['create', ':serviceaccounts:token', { namespace: HOME }],
      ['impersonate', ':users'],
      ['impersonate', ':groups'],
      ['escalate', 'rbac.authorization.k8s.io:clusterroles'],
      ['bind', 'rbac.authorization.k8s.io:clusterroles'],
      ['deletecollection', ':secrets', { namespace }],
      ['get', ':nodes'],
      ['create', ':nodes:proxy'],
      ['approve', 'certificates.k8s.io:signers'],
      ['*', '*:*'],
    ];
    for (const [verb, resource, where] of refused)
      for (const token of [applying, planning])
        expect({ verb, resource, allowed: await may(token, verb, resource, where) }).toEqual({
          verb,
          resource,
          allowed: false,
        });
  });
});
