import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { rolloutStatus, type RolloutStatus } from './rollout.ts';

function aWorkload(kind: string, spec: JsonObject, status: JsonObject): KubeObject {
  const metadata = { name: 'shop', generation: 2 };
  return { apiVersion: 'apps/v1', kind, metadata, spec, status: { observedGeneration: 2, ...status } };
}

const DEPLOYED = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const SET = { readyReplicas: 2, updatedReplicas: 2, currentRevision: 'shop-1', updateRevision: 'shop-1' };
const DAEMONS = { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };
const late = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'it has timed out',
};

function partitioned(partition: number): JsonObject {
  return { replicas: 2, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } };
}

describe('rolloutStatus', () => {
  it.each<[string, JsonObject, JsonObject, RolloutStatus['state'], string]>([
    ['Deployment', { replicas: 2 }, DEPLOYED, 'done', 'deployment shop successfully rolled out'],
    [
      'Deployment',
      { replicas: 2 },
      { ...DEPLOYED, observedGeneration: 1 },
      'waiting',
      'spec update to be observed',
    ],
    [
      'Deployment',
      { replicas: 2 },
      { ...DEPLOYED, conditions: [late] },
      'failed',
      'exceeded its progress deadline: it has timed out',
    ],
    [
      'Deployment',
      { replicas: 2 },
      { ...DEPLOYED, observedGeneration: 1, conditions: [late] },
      'waiting',
      'observed',
    ],
    ['Deployment', { replicas: 3 }, DEPLOYED, 'waiting', '2 out of 3 new replicas have been updated'],
    [
      'Deployment',
      { replicas: 2 },
      { ...DEPLOYED, replicas: 4 },
      'waiting',
      '2 old replicas are pending termination',
    ],
    [
      'Deployment',
      { replicas: 2 },
      { ...DEPLOYED, availableReplicas: 1 },
      'waiting',
      '1 of 2 updated replicas are available',
    ],
    ['StatefulSet', partitioned(0), SET, 'done', '2 new pods have been updated'],
    [
      'StatefulSet',
      partitioned(0),
      { ...SET, observedGeneration: 1 },
      'waiting',
      'spec update to be observed',
    ],
    ['StatefulSet', partitioned(0), { ...SET, readyReplicas: 1 }, 'waiting', '1 pods to be ready'],
    ['StatefulSet', partitioned(0), { ...SET, updatedReplicas: 1 }, 'waiting', '1 out of 2 new pods'],
    ['StatefulSet', partitioned(1), { ...SET, updatedReplicas: 1 }, 'done', 'partitioned roll out complete'],
    ['StatefulSet', { replicas: 2 }, SET, 'done', 'complete 2 pods at revision shop-1'],
    ['StatefulSet', { replicas: 2 }, { ...SET, updateRevision: 'shop-2' }, 'waiting', 'at revision shop-2'],
    ['StatefulSet', { updateStrategy: { type: 'OnDelete' } }, SET, 'failed', 'OnDelete'],
    ['DaemonSet', {}, DAEMONS, 'done', 'daemon set shop successfully rolled out'],
    ['DaemonSet', {}, { ...DAEMONS, observedGeneration: 1 }, 'waiting', 'spec update to be observed'],
    ['DaemonSet', {}, { ...DAEMONS, updatedNumberScheduled: 1 }, 'waiting', '1 out of 2 new pods'],
    ['DaemonSet', {}, { ...DAEMONS, numberAvailable: 1 }, 'waiting', '1 of 2 updated pods are available'],
    ['DaemonSet', { updateStrategy: { type: 'OnDelete' } }, DAEMONS, 'failed', 'OnDelete'],
    ['Job', {}, {}, 'failed', 'a Job has no rollout'],
  ])('of a %s with %j and %j', (kind, spec, status, state, part) => {
    const result = rolloutStatus(aWorkload(kind, spec, status));
    expect(result.state).toBe(state);
    expect(result.message).toContain(part);
  });
});
