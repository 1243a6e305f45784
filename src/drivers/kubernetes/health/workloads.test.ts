import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { healthOf } from './health-of.ts';
import type { HealthStatus } from './health.ts';

function aWorkload(kind: string, spec: JsonObject, status: JsonObject | null): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'shop', namespace: 'web', generation: 3 },
    spec,
    ...(status === null ? {} : { status: { observedGeneration: 3, ...status } }),
  };
}

type Row = [string, JsonObject, JsonObject | null, HealthStatus, string];

describe('the health of a Deployment', () => {
  const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  it.each<Row>([
    ['rolled out', { replicas: 2 }, done, 'healthy', ''],
    ['without replicas', { replicas: 0 }, {}, 'healthy', ''],
    ['paused', { replicas: 2, paused: true }, {}, 'suspended', 'paused'],
    ['without a status', { replicas: 2 }, null, 'progressing', 'newest generation'],
    [
      'whose newest generation is not observed',
      { replicas: 2 },
      { ...done, observedGeneration: 2 },
      'progressing',
      'newest generation',
    ],
    [
      'with replicas to update',
      { replicas: 2 },
      { ...done, updatedReplicas: 1 },
      'progressing',
      '1 of 2 replicas are updated',
    ],
    ['of one replica by default', {}, {}, 'progressing', '0 of 1 replicas are updated'],
    ['with old replicas', { replicas: 2 }, { ...done, replicas: 3 }, 'progressing', '1 old replicas'],
    [
      'with replicas that are not available',
      { replicas: 2 },
      { ...done, availableReplicas: 0 },
      'progressing',
      '0 of 2 updated replicas are available',
    ],
    [
      'past its deadline',
      { replicas: 2 },
      {
        ...done,
        updatedReplicas: 1,
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: 'ReplicaSet "shop-1" has timed out progressing.',
          },
        ],
      },
      'degraded',
      'timed out progressing',
    ],
  ])('%s', (_, spec, status, expected, reason) => {
    const health = healthOf(aWorkload('Deployment', spec, status));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });
});

describe('the health of a StatefulSet', () => {
  const done = { readyReplicas: 3, updatedReplicas: 3, currentRevision: 'a', updateRevision: 'a' };
  const rolling = (partition: number): JsonObject => ({
    replicas: 3,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
  });
  it.each<Row>([
    ['rolled out', rolling(0), done, 'healthy', ''],
    [
      'whose newest generation is not observed',
      rolling(0),
      { ...done, observedGeneration: 2 },
      'progressing',
      'newest generation',
    ],
    [
      'with pods that are not ready',
      rolling(0),
      { ...done, readyReplicas: 1 },
      'progressing',
      '2 of 3 pods to be ready',
    ],
    [
      'that is rolling out',
      rolling(0),
      { ...done, updatedReplicas: 2 },
      'progressing',
      '2 of 3 pods are updated',
    ],
    ['rolled out up to its partition', rolling(2), { ...done, updatedReplicas: 1 }, 'healthy', ''],
    [
      'rolling out up to its partition',
      rolling(1),
      { ...done, updatedReplicas: 1 },
      'progressing',
      'partitioned rollout: 1 of 2',
    ],
    [
      'with a partition that is beyond its replicas',
      rolling(9),
      { ...done, updatedReplicas: 0 },
      'healthy',
      '',
    ],
    [
      'that is updated by deletion, whatever its revision',
      { replicas: 3, updateStrategy: { type: 'OnDelete' } },
      { ...done, updatedReplicas: 0, updateRevision: 'b' },
      'healthy',
      '',
    ],
    [
      'without a partition, between two revisions',
      { replicas: 3 },
      { ...done, updateRevision: 'b', updatedReplicas: 1 },
      'progressing',
      '1 of 3 pods have revision b',
    ],
  ])('%s', (_, spec, status, expected, reason) => {
    const health = healthOf(aWorkload('StatefulSet', spec, status));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });
});

describe('the health of a DaemonSet', () => {
  const done = { desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable: 4 };
  it.each<Row>([
    ['rolled out', {}, done, 'healthy', ''],
    ['that no node wants', {}, {}, 'healthy', ''],
    [
      'whose newest generation is not observed',
      {},
      { ...done, observedGeneration: 2 },
      'progressing',
      'newest generation',
    ],
    [
      'that is rolling out',
      {},
      { ...done, updatedNumberScheduled: 1 },
      'progressing',
      '1 of 4 pods are updated',
    ],
    [
      'with pods that are not available',
      {},
      { ...done, numberAvailable: 3 },
      'progressing',
      '3 of 4 pods are available',
    ],
    [
      'that is updated by deletion',
      { updateStrategy: { type: 'OnDelete' } },
      { ...done, updatedNumberScheduled: 0 },
      'healthy',
      '',
    ],
  ])('%s', (_, spec, status, expected, reason) => {
    const health = healthOf(aWorkload('DaemonSet', spec, status));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });
});

describe('the health of a ReplicaSet', () => {
  const failure = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: 'exceeded quota: small',
  };
  it.each<Row>([
    ['complete', { replicas: 2 }, { availableReplicas: 2 }, 'healthy', ''],
    [
      'whose newest generation is not observed',
      { replicas: 2 },
      { availableReplicas: 2, observedGeneration: 1 },
      'progressing',
      'newest generation',
    ],
    ['that can create no pods', { replicas: 2 }, { conditions: [failure] }, 'degraded', 'exceeded quota'],
    ['with too few replicas', { replicas: 2 }, { availableReplicas: 1 }, 'progressing', '1 of 2'],
  ])('%s', (_, spec, status, expected, reason) => {
    const health = healthOf(aWorkload('ReplicaSet', spec, status));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });
});
