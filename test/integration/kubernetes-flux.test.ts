import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Discovery } from '../../src/drivers/driver.ts';
import { aDefinedRepo, inOrder, type DefinedRepo } from '../support/defined-repo.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import { waitFor } from '../support/wait-for.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/gitops', import.meta.url));
const NAMES = ['heatpump-mqtt', 'monitoring', 'mqtt-input', 'redpanda', 'redpanda-sink'];

describe('a repository laid out for Flux, as it stands', () => {
  // Its namespaces are what they are called there, so that it takes a cluster of its own.
  let cluster: OwnCluster;
  let repo: DefinedRepo;
  let found: Discovery;

  beforeAll(async () => {
    cluster = await startKubeCluster();
    repo = await aDefinedRepo(cluster, { copy: { from: EXAMPLE, to: 'gitops' } });
    found = await repo.discover();
  }, 300_000);

  afterAll(async () => {
    await repo?.remove();
    await cluster?.stop();
  });

  it('is a set of stacks, in the order of its dependsOn, and other clusters are left out', () => {
    expect(found.stacks.map(({ key }) => key).toSorted()).toEqual([
      ...NAMES.map((name) => `gitops/apps/homelab/${name}`),
      'gitops/clusters/homelab',
      'gitops/infrastructure/controllers@homelab.infrastructure-controllers',
      'gitops/infrastructure/policies@homelab.infrastructure-policies',
      'gitops/infrastructure/sources@homelab.infrastructure-sources',
    ]);
    const sink = found.stacks.find(({ key }) => key.endsWith('redpanda-sink'));
    expect(sink).toMatchObject({
      dependsOn: [
        'gitops/apps/homelab/redpanda',
        'gitops/infrastructure/policies@homelab.infrastructure-policies',
      ],
      policy: { automated: { prune: true, selfHeal: true, allowEmpty: true } },
      settings: { cluster: 'homelab', interval_ms: '600000' },
    });
    expect(found.warnings).toEqual([expect.stringMatching(/local/)]);
  });

  it('is applied, stack by stack, and then there is nothing left to do', { timeout: 300_000 }, async () => {
    for (const stack of inOrder(found.stacks)) {
      // A server takes a moment before it serves the kinds of a definition that is new.
      await waitFor(`the kinds of ${stack.key}`, async () => {
        const { problems = [] } = (await repo.plan(stack)).plan.basis;
        return problems.length === 0;
      });
      const result = await repo.apply(stack);
      expect(result, stack.key).toMatchObject({ status: 'applied' });
    }
    for (const stack of found.stacks) {
      const { plan } = await repo.plan(stack);
      expect(plan.changes, stack.key).toEqual([]);
      expect(plan.basis.problems, stack.key).toBeUndefined();
    }
  });

  it('has what patches, variables and the chart make of it, and nothing that only Flux reads', async () => {
    const read = async (object: string, namespace: string, path: string) =>
      await repo.kubectl('get', object, '-n', namespace, '-o', `jsonpath={${path}}`);
    expect(await read('statefulset/redpanda', 'redpanda', '.spec.replicas')).toBe('3');
    expect(await read('configmap/settings', 'mqtt-input', '.data.MQTT_HOST')).toBe('mqtt.example.com');
    expect(await read('deployment/monitoring-grafana', 'monitoring', '.spec.replicas')).toBe('2');
    const args = '.spec.template.spec.containers[0].args[1]';
    expect(await read('statefulset/monitoring-prometheus', 'monitoring', args)).toContain(
      'retention.time=30d',
    );
    expect(await read('sealedsecret/credentials', 'heatpump-mqtt', '.metadata.name')).toBe('credentials');
    await expect(repo.kubectl('get', 'helmreleases', '-A')).rejects.toThrow(/resource type/);
  });
});
