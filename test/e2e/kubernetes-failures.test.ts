import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepoJson, StackJson } from '../../src/api/schemas/repo.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import { aSite, call, eventually as until, runCli, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles } from '../support/stacks-repo.ts';

const run = promisify(execFile);

const configMap = (name: string, color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  color: ${color}\n`;

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gardens.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Garden, plural: gardens, singular: garden}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;
const GARDEN = 'apiVersion: example.com/v1\nkind: Garden\nmetadata: {name: rose}\nspec: {color: red}\n';

/** Refuses every change of a ConfigMap that says so, since nobody answers for it. */
const WEBHOOK = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'nobody' },
  webhooks: [
    {
      name: 'nobody.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      timeoutSeconds: 1,
      clientConfig: { service: { name: 'nobody', namespace: 'default' } },
      objectSelector: { matchLabels: { guarded: 'yes' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
    },
  ],
};

const FILES = {
  'apps/healed/settings.yaml': configMap('healed', 'red'),
  'apps/manual/settings.yaml': configMap('manual', 'red'),
  'infrastructure/garden/crd.yaml': CRD,
  'infrastructure/garden/rose.yaml': GARDEN,
  'apps/owned/settings.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: owned}\n---\n${configMap('owned', 'red').replace('name: owned', 'name: owned\n  namespace: owned')}`,
};

/** What goes wrong one day, one thing after the other, on one server whose Git is polled every ten seconds. */
describe('Kubernetes on a bad day', () => {
  let site: Site;
  let running: RunningShape;
  let cluster: OwnCluster;
  let kubectl: (...args: string[]) => Promise<string>;
  let repo: string;

  beforeAll(async () => {
    site = await aSite({});
    cluster = await startKubeCluster();
    const kubeconfig = await cluster.kubeconfig(join(site.dir, 'kubeconfig'), { namespace: 'default' });
    const env = { ...toolEnv(process.env), KUBECONFIG: kubeconfig };
    kubectl = async (...args) => (await run('kubectl', args, { env })).stdout;
    repo = join(site.dir, 'homelab');
    await commitFiles(repo, FILES);
    const automated = { self_heal: true, prune: true };
    await site.configure({
      repos: [{ name: 'homelab', url: repo, interval: '10s' }],
      environments: [
        { name: 'production', paths: ['apps/manual'], policy: { approvals: { required: 0 } } },
        { name: 'dev', repo: 'homelab', policy: { approvals: { required: 0 }, automated } },
      ],
      drivers: {
        kubernetes: {
          clusters: [{ name: 'home', kubeconfig, timeout: '2s' }],
          stacks: [{ path: '**', namespace: 'default', timeout: '20s' }],
        },
      },
    });
    running = await startShape(SHAPES[0], site);
  });

  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
    await site?.remove();
  });

  const eventually = <T>(what: string, check: () => Promise<T | undefined | false>) =>
    until(what, check, { withinMs: 180_000, log: running.log });
  const color = async (name: string, ...where: string[]) =>
    await kubectl('get', `configmap/${name}`, ...where, '--ignore-not-found', '-o', 'jsonpath={.data.color}');
  const paint = (name: string, to: string) =>
    kubectl('patch', `configmap/${name}`, '-p', `{"data":{"color":"${to}"}}`);
  const isColor = (name: string, wanted: string) =>
    eventually(`${name} is ${wanted}`, async () => (await color(name)) === wanted);
  const stack = async (key: string) => {
    const { json } = await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/homelab/stacks');
    return json.stacks.find((one) => one.key === key);
  };
  const isStatus = (key: string, wanted: string) =>
    eventually(`${key} is ${wanted}`, async () => {
      const found = await stack(key);
      return found?.status === wanted ? found : undefined;
    });
  const tasks = async () =>
    (await call<{ tasks: TaskJson[] }>(site, 'GET', '/api/tasks?repo=homelab&limit=200')).json.tasks;
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=tests', '-c', 'user.email=tests@example.com'];
    await run('git', [...identity, ...args], { cwd: repo });
  };

  it('a commit is deployed where the environment is automated, and shown where it is not', async () => {
    await isColor('healed', 'red');
    await isStatus('apps/manual', 'pending');
    expect(await color('manual')).toBe('');
    const { code, stderr } = await runCli(['sync', 'production', '--wait', '--server', site.url]);
    expect(code, stderr).toBe(0);
    expect(await color('manual')).toBe('red');
    await isStatus('infrastructure/garden', 'in_sync');
  });

  it('a manual change is overwritten within an interval where that is wanted, and stays elsewhere', async () => {
    await paint('manual', 'green');
    await paint('healed', 'green');
    await isColor('healed', 'red');
    expect(await color('manual')).toBe('green');
    const { code, stderr } = await runCli(['reconcile', 'production', '--wait', '--server', site.url]);
    expect(code, stderr).toBe(0);
    expect(await color('manual')).toBe('red');
  });

  it('Git is down: all stays as it is, its age is shown, and what was committed meanwhile comes with it', async () => {
    await rename(repo, `${repo}-away`);
    const gitOf = async () => {
      const { json } = await call<{ repos: RepoJson[] }>(site, 'GET', '/api/repos');
      return json.repos[0]?.git;
    };
    const down = await eventually('it is noticed', async () => {
      const known = await gitOf();
      return known?.failing_since ? known : undefined;
    });
    expect(Date.parse(down.reached_at!)).toBeLessThan(Date.parse(down.failing_since!));
    const status = await runCli(['status', 'homelab', '--server', site.url]);
    expect(status.stderr).toMatch(/Git of homelab was last reached \d+ (s|min) ago: /);
    expect(await color('healed')).toBe('red');
    const pushes = async () =>
      (await tasks()).filter(({ trigger, kind }) => trigger === 'push' && kind === 'sync');
    const before = (await pushes()).length;
    await rename(`${repo}-away`, repo);
    await commitFiles(repo, { 'apps/healed/settings.yaml': configMap('healed', 'blue') }, 'Paint it');
    await isColor('healed', 'blue');
    expect((await pushes()).length).toBe(before + 1);
    expect(await gitOf()).toMatchObject({ failing_since: null, error: null });
  });

  it('a bad manifest: everything else is applied, its line is named, and a revert heals', async () => {
    const bad = { 'apps/manual/bad.yaml': '# broken\nkind: ConfigMap\n' };
    await commitFiles(
      repo,
      { ...bad, 'apps/healed/settings.yaml': configMap('healed', 'pink') },
      'Break one',
    );
    await isColor('healed', 'pink');
    const errored = await isStatus('apps/manual', 'errored');
    expect(errored.error?.message).toContain('apps/manual/bad.yaml:2');
    expect(await color('manual')).toBe('red');
    await git('revert', '--no-edit', 'HEAD');
    await isColor('healed', 'blue');
    await isStatus('apps/manual', 'in_sync');
  });

  it('Plumbline is killed: the cluster stays as it is, and all goes on with the next start', async () => {
    const version = () =>
      kubectl(
        'get',
        'configmap/healed',
        'configmap/manual',
        '-o',
        'jsonpath={.items[*].metadata.resourceVersion}',
      );
    await running.crash();
    const before = await version();
    await commitFiles(repo, { 'apps/healed/settings.yaml': configMap('healed', 'grey') }, 'Paint it grey');
    expect(await version()).toBe(before);
    await running.recover();
    await isColor('healed', 'grey');
  });

  it('the API server is down: nothing is known of its stacks, and repairs go on when it is back', async () => {
    await paint('healed', 'green');
    await cluster.apiServer.stop();
    const { error } = await isStatus('apps/healed', 'unknown');
    expect(error).toMatchObject({ code: 'cluster_unreachable' });
    await cluster.apiServer.start();
    await isColor('healed', 'grey');
    await isStatus('apps/healed', 'in_sync');
  });

  it('a CRD has vanished: its objects come back with it', async () => {
    await kubectl('delete', 'customresourcedefinition/gardens.example.com');
    const rose = () =>
      kubectl('get', 'gardens.example.com/rose', '-o', 'jsonpath={.spec.color}').catch(() => '');
    await eventually('the rose is back', async () => (await rose()) === 'red');
    expect(await isStatus('infrastructure/garden', 'in_sync')).toMatchObject({ error: null });
  });

  it('a webhook refuses: the stack says so and others go on, until it lets it through', async () => {
    const guarded = configMap('manual', 'red').replace(
      'name: manual',
      'name: manual\n  labels: {guarded: "yes"}',
    );
    await cluster.must('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      body: WEBHOOK,
    });
    await commitFiles(
      repo,
      { 'apps/manual/settings.yaml': guarded, 'apps/healed/settings.yaml': configMap('healed', 'white') },
      'Guard it',
    );
    await isColor('healed', 'white');
    const { error } = await isStatus('apps/manual', 'errored');
    expect(error?.message).toContain('nobody.example.com');
    await kubectl('delete', 'validatingwebhookconfiguration/nobody');
    const { code, stderr } = await runCli(['sync', 'production', '--wait', '--server', site.url]);
    expect(code, stderr).toBe(0);
    await isStatus('apps/manual', 'in_sync');
  });

  it('a namespace is stuck in termination: the stack says so, and is whole again once it is gone', async () => {
    await isStatus('apps/owned', 'in_sync');
    const held = '{"metadata":{"finalizers":["example.com/held"]}}';
    await kubectl('-n', 'owned', 'create', 'configmap', 'held');
    await kubectl('-n', 'owned', 'patch', 'configmap/held', '-p', held);
    await kubectl('delete', 'namespace/owned', '--wait=false');
    const stuck = await eventually('it is told', async () => {
      const found = await stack('apps/owned');
      return found?.status === 'in_sync' ? undefined : found;
    });
    expect(stuck.status).not.toBe('in_sync');
    expect(await color('healed')).toBe('white');
    await kubectl('-n', 'owned', 'patch', 'configmap/held', '-p', '{"metadata":{"finalizers":null}}');
    await eventually('it is back', async () => (await color('owned', '-n', 'owned')) === 'red');
    await isStatus('apps/owned', 'in_sync');
  });
});
