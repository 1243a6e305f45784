import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/kube/cluster.ts';
import { openCluster } from '../../src/kube/open-cluster.ts';
import { errorOf } from '../support/error-of.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { anOpener, clusterSettings, type Opener } from '../support/kube-settings.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { sendJson, startStrictApi } from '../support/strict-api.ts';
import { waitFor } from '../support/wait-for.ts';

const suffix = randomUUID().slice(0, 8);
const APISERVICE = '/apis/apiregistration.k8s.io/v1/apiservices';

let real: TestCluster;
let opener: Opener;
let cluster: Cluster;
let namespace: string;
const servers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  real = await sharedCluster();
  opener = await anOpener();
  cluster = await opener.open(real);
  namespace = await real.namespace('discovery');
});
afterAll(async () => {
  for (const stop of servers) await stop();
  await opener?.close();
  await real?.request('DELETE', `${APISERVICE}/v1.g${suffix}.example.com`);
});

describe('a kind', () => {
  it('that nobody has defined is named, and the versions of one that is there', async () => {
    const error = await errorOf(cluster.resource({ group: `g${suffix}.example.com`, kind: 'Gadget' }));
    expect(error).toMatchObject({ code: 'kube_unknown_kind', retryable: false });
    const versions = await errorOf(
      cluster.resource({ group: 'apps', kind: 'Deployment', version: 'v1beta1' }),
    );
    expect(versions.message).toContain('It is served as v1');
  });

  it('is found in its preferred version, without its subresources', async () => {
    const resources = await cluster.resources();
    const scalers = resources.filter((type) => type.kind === 'HorizontalPodAutoscaler');
    expect(scalers.map((type) => type.version)).toEqual(['v2']);
    expect(resources.filter((type) => type.plural.includes('/'))).toEqual([]);
    expect(resources.map((type) => type.kind)).not.toContain('TokenReview');
    const named = await cluster.resource({
      group: 'autoscaling',
      kind: 'HorizontalPodAutoscaler',
      version: 'v1',
    });
    expect(named.version).toBe('v1');
  });

  it('of a group whose server is down hides no other', async () => {
    const group = `g${suffix}.example.com`;
    await real.must('POST', APISERVICE, {
      body: {
        metadata: { name: `v1.${group}` },
        spec: {
          group,
          version: 'v1',
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          insecureSkipTLSVerify: true,
          service: { name: 'gone', namespace, port: 443 },
        },
      },
    });
    const other = await opener.open(real);
    const error = await waitFor('the group to be known as stale', async () => {
      await other.resources();
      const asked = await errorOf(other.resource({ group, kind: 'Gadget' }));
      return asked.retryable ? asked : undefined;
    });
    expect(error.code).toBe('kube_unknown_kind');
    expect(error.message).toContain('doesn’t answer'.replace('’', "'"));
    expect((await other.resource({ group: 'apps', kind: 'Deployment' })).plural).toBe('deployments');
  });

  it('is found at a server without aggregated discovery, past a group that is down', async () => {
    const groups = ['apps', 'down.example.com'].map((name) => ({
      name,
      versions: [{ version: 'v1beta1' }, { version: 'v1' }],
      preferredVersion: { version: 'v1' },
    }));
    const resources = ['deployments', 'deployments/status'].map((name) => ({
      name,
      kind: 'Deployment',
      namespaced: true,
      verbs: ['create', 'get', 'list'],
    }));
    const documents: Record<string, unknown> = {
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/apis': { kind: 'APIGroupList', groups },
      '/api/v1': {
        kind: 'APIResourceList',
        resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: ['create', 'list'] }],
      },
      '/apis/apps/v1': { kind: 'APIResourceList', resources },
      '/apis/apps/v1beta1': { kind: 'APIResourceList', resources },
    };
    const api = await startStrictApi((request, response) => {
      const document = documents[request.url];
      if (document === undefined) sendJson(response, 503, { kind: 'Status', reason: 'ServiceUnavailable' });
      else sendJson(response, 200, document);
    });
    const kubeconfig = await api.kubeconfig(join(opener.folder, randomUUID()));
    const strict = await openCluster(clusterSettings({ kubeconfig }), { env: {} });
    servers.push(async () => {
      await strict.close();
      await api.close();
    });
    expect((await strict.resources()).map(({ version, plural }) => `${version} ${plural}`)).toEqual([
      'v1 configmaps',
      'v1 deployments',
    ]);
    const asked = api.seen.length;
    expect(await strict.resources()).toHaveLength(2);
    const unknown = { group: 'apps', kind: 'Nothing' };
    await expect(strict.resource(unknown)).rejects.toMatchObject({
      code: 'kube_unknown_kind',
      retryable: false,
    });
    const down = { group: 'down.example.com', kind: 'Gadget' };
    await expect(strict.resource(down)).rejects.toMatchObject({
      code: 'kube_unknown_kind',
      retryable: true,
    });
    // Read a moment ago, discovery is not read again for kinds that are not in it.
    expect(api.seen).toHaveLength(asked);
  });
});
