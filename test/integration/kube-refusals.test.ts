import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Cluster, ResourceType } from '../../src/kube/cluster.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { PlumblineError } from '../../src/util/errors.ts';
import { errorOf } from '../support/error-of.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { anOpener, type Opener } from '../support/kube-settings.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { waitFor } from '../support/wait-for.ts';

const fieldManager = 'plumbline';
const suffix = randomUUID().slice(0, 8);
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

let real: TestCluster;
let opener: Opener;
let cluster: Cluster;
let namespace: string;
let configMaps: ResourceType;
let deployments: ResourceType;

beforeAll(async () => {
  real = await sharedCluster();
  opener = await anOpener();
  cluster = await opener.open(real);
  namespace = await real.namespace('refusals');
  configMaps = await cluster.resource({ group: '', kind: 'ConfigMap' });
  deployments = await cluster.resource({ group: 'apps', kind: 'Deployment' });
});
afterAll(async () => {
  await opener?.close();
  const made = [
    `${ADMISSION}/validatingadmissionpolicybindings/owners-${suffix}`,
    `${ADMISSION}/validatingadmissionpolicies/owners-${suffix}`,
    `${ADMISSION}/validatingwebhookconfigurations/guard-${suffix}`,
  ];
  for (const path of made) await real?.request('DELETE', path);
});

const aConfigMap = (name: string, more: JsonObject = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  ...more,
});

const aDeployment = (name: string, replicas: number, app = 'x'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: { containers: [{ name: 'main', image: 'example.com/x:1' }] },
    },
  },
});

describe('a conflict', () => {
  it('of server-side applies names the managers and their fields', async () => {
    await cluster.apply(deployments, aDeployment('shop', 0), { fieldManager: 'team-a', force: false });
    const error = await errorOf(
      cluster.apply(deployments, aDeployment('shop', 1), { fieldManager, force: false }),
    );
    expect(error).toMatchObject({
      code: 'kube_conflict',
      retryable: false,
      details: { causes: [{ manager: 'team-a', field: '.spec.replicas' }] },
    });
    expect(error.message).toContain(`${namespace}/Deployment.apps/shop`);
    const taken = await cluster.apply(deployments, aDeployment('shop', 1), { fieldManager, force: true });
    expect(taken['spec']).toMatchObject({ replicas: 1 });
  });

  it('with a newer version of the object is told apart from one that is there already', async () => {
    const made = await cluster.create(configMaps, aConfigMap('twice'), { fieldManager });
    const bound = { ...made, metadata: { name: 'twice', namespace, resourceVersion: '1' }, data: { a: '1' } };
    const newer = await errorOf(cluster.apply(configMaps, bound, { fieldManager, force: true }));
    expect(newer).toMatchObject({ code: 'kube_conflict', details: { causes: [] } });
    const again = await errorOf(cluster.create(configMaps, aConfigMap('twice'), { fieldManager }));
    expect(again.code).toBe('kube_exists');
  });
});

describe('admission', () => {
  it('by a policy says which one refused', async () => {
    const name = `owners-${suffix}`;
    await real.must('POST', `${ADMISSION}/validatingadmissionpolicies`, {
      body: {
        metadata: { name },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
            ],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            objectSelector: { matchLabels: { guarded: 'yes' } },
          },
          validations: [{ expression: 'has(object.metadata.annotations)', message: 'name an owner' }],
        },
      },
    });
    const binding = { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } };
    await real.must('POST', `${ADMISSION}/validatingadmissionpolicybindings`, { body: binding });
    const guarded = aConfigMap('guarded', {
      metadata: { name: 'guarded', namespace, labels: { guarded: 'yes' } },
    });
    // A policy takes a moment to come into force.
    const error = await waitFor('the policy', async () => {
      const answer = cluster.create(configMaps, guarded, { fieldManager, dryRun: true });
      return await answer.then(
        () => undefined,
        (refused: unknown) => refused as PlumblineError,
      );
    });
    expect(error).toMatchObject({ code: 'kube_refused', retryable: false, details: { by: name } });
    expect(error.message).toContain('name an owner');
  });

  it('by a webhook that can’t be asked may pass later', async () => {
    await real.must('POST', `${ADMISSION}/validatingwebhookconfigurations`, {
      body: {
        metadata: { name: `guard-${suffix}` },
        webhooks: [
          {
            name: `guard-${suffix}.example.com`,
            clientConfig: { url: 'https://127.0.0.1:1/' },
            rules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
            ],
            objectSelector: { matchLabels: { webhook: suffix } },
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: 'Fail',
          },
        ],
      },
    });
    const metadata = { name: 'hooked', namespace, labels: { webhook: suffix } };
    const error = await waitFor('the webhook', async () => {
      const answer = cluster.create(configMaps, aConfigMap('hooked', { metadata }), {
        fieldManager,
        dryRun: true,
      });
      return await answer.then(
        () => undefined,
        (refused: unknown) => refused as PlumblineError,
      );
    });
    expect(error).toMatchObject({
      code: 'kube_refused',
      retryable: true,
      details: { by: `guard-${suffix}.example.com` },
    });
  });

  it('by a Pod Security Standard is a refusal and no missing right', async () => {
    const strict = await real.namespace('strict');
    await real.must('PATCH', `/api/v1/namespaces/${strict}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    });
    const pods = await cluster.resource({ group: '', kind: 'Pod' });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root', namespace: strict },
      spec: { hostPID: true, containers: [{ name: 'main', image: 'example.com/x:1' }] },
    };
    const error = await errorOf(cluster.create(pods, pod, { fieldManager }));
    expect(error).toMatchObject({ code: 'kube_refused', details: { by: 'PodSecurity restricted:latest' } });
  });
});

describe('what the server does not take', () => {
  it('because of a quota names the quota', async () => {
    const small = await real.namespace('quota');
    await real.must('POST', `/api/v1/namespaces/${small}/resourcequotas`, {
      body: { metadata: { name: 'small' }, spec: { hard: { 'count/configmaps': '1' } } },
    });
    await waitFor('the quota to be counted', async () => {
      const { status } = await real.must('GET', `/api/v1/namespaces/${small}/resourcequotas/small`);
      return (status as { used?: JsonObject }).used?.['count/configmaps'] === '1';
    });
    const one = aConfigMap('one', { metadata: { name: 'one', namespace: small } });
    const error = await errorOf(cluster.create(configMaps, one, { fieldManager, dryRun: true }));
    expect(error).toMatchObject({ code: 'kube_quota', details: { by: 'small' } });
  });

  it('because a field can’t be changed is told apart from a fault', async () => {
    await cluster.apply(deployments, aDeployment('fixed', 0), { fieldManager, force: false });
    const moved = await errorOf(
      cluster.apply(deployments, aDeployment('fixed', 0, 'y'), { fieldManager, force: true, dryRun: true }),
    );
    expect(moved).toMatchObject({
      code: 'kube_immutable',
      details: { causes: [{ field: 'spec.selector' }] },
    });
    await cluster.create(configMaps, aConfigMap('stone', { immutable: true, data: { a: '1' } }), {
      fieldManager,
    });
    const stone = aConfigMap('stone', { immutable: true, data: { a: '2' } });
    const changed = await errorOf(cluster.apply(configMaps, stone, { fieldManager, force: true }));
    expect(changed.code).toBe('kube_immutable');
    const fault = await errorOf(
      cluster.apply(deployments, aDeployment('fixed', -1), { fieldManager, force: true, dryRun: true }),
    );
    expect(fault).toMatchObject({ code: 'kube_invalid', details: { causes: [{ field: 'spec.replicas' }] } });
  });

  it('because it knows no such field is a fault, and not dropped', async () => {
    const typo = aConfigMap('typo', { dta: { a: '1' } });
    for (const doing of [
      cluster.create(configMaps, typo, { fieldManager }),
      cluster.apply(configMaps, typo, { fieldManager, force: false }),
    ]) {
      const error = await errorOf(doing);
      expect(error.code).toBe('kube_invalid');
      expect(error.message).toContain('dta');
    }
  });

  it('because the namespace isn’t there says so', async () => {
    const lost = aConfigMap('lost', { metadata: { name: 'lost', namespace: 'nowhere' } });
    const error = await errorOf(cluster.create(configMaps, lost, { fieldManager }));
    expect(error.code).toBe('kube_not_found');
    expect(error.message).toContain('namespaces "nowhere" not found');
  });

  it('because a right is missing says which, and shows no token', async () => {
    const { user, token } = await real.account(namespace, [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
    ]);
    const limited = await opener.open(real, { token });
    expect(await limited.get(configMaps, { namespace, name: 'nothing' })).toBeUndefined();
    const error = await errorOf(
      limited.apply(deployments, aDeployment('x', 0), { fieldManager, force: false }),
    );
    expect(error.code).toBe('kube_forbidden');
    expect(error.message).toContain(user);
    expect(error.message).toContain('cannot patch resource "deployments" in API group "apps"');
    expect([error.message, error.stack, JSON.stringify(error.details)].join('\n')).not.toContain(token);
  });

  it('because the token is none of its own shows none of it', async () => {
    const token = `canary-${randomUUID()}`;
    const stranger = await opener.open(real, { token });
    const error = await errorOf(stranger.uid());
    expect(error.code).toBe('kube_unauthorized');
    const shown = [error.message, error.stack, JSON.stringify(error.details), String(error.cause)].join('\n');
    expect(shown).not.toContain(token);
  });
});
