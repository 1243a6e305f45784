import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { healthOf } from './health-of.ts';
import type { HealthStatus } from './health.ts';

function aPod(status: JsonObject, restartPolicy?: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop-1', namespace: 'web' },
    spec: restartPolicy === undefined ? {} : { restartPolicy },
    status,
  };
}

function aContainer(state: JsonObject, lastState: JsonObject = {}): JsonObject {
  return { name: 'app', state, lastState };
}

const crashing = aContainer(
  { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
  { terminated: { exitCode: 1, reason: 'Error', message: 'panic: no database\n\tat main.go:4' } },
);
const pulling = aContainer({
  waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "shop:9"' },
});
const starting = aContainer({ waiting: { reason: 'ContainerCreating' } });
const ready = [{ type: 'Ready', status: 'True' }];
const notReady = [
  {
    type: 'Ready',
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [app]',
  },
];

describe('the health of a pod that runs for ever', () => {
  it.each<[string, JsonObject, HealthStatus, string]>([
    ['ready', { phase: 'Running', conditions: ready }, 'healthy', ''],
    ['not ready yet', { phase: 'Running', conditions: notReady }, 'progressing', 'unready status'],
    [
      'not ready, and has ended before',
      {
        phase: 'Running',
        conditions: notReady,
        containerStatuses: [
          aContainer({ running: {} }, { terminated: { exitCode: 137, reason: 'OOMKilled' } }),
        ],
      },
      'degraded',
      'container app is not ready and ended before with exit code 137 (OOMKilled)',
    ],
    [
      'crashing: with its last words on one line',
      { phase: 'Running', conditions: notReady, containerStatuses: [crashing] },
      'degraded',
      'container app: CrashLoopBackOff, after exit code 1: panic: no database at main.go:4 (back-off',
    ],
    [
      'without its image, though pending',
      { phase: 'Pending', containerStatuses: [pulling] },
      'degraded',
      'ImagePullBackOff (Back-off pulling image "shop:9")',
    ],
    [
      'with a config error',
      {
        phase: 'Pending',
        containerStatuses: [aContainer({ waiting: { reason: 'CreateContainerConfigError' } })],
      },
      'degraded',
      'CreateContainerConfigError',
    ],
    [
      'with an image that is none',
      { phase: 'Pending', containerStatuses: [aContainer({ waiting: { reason: 'ErrImagePull' } })] },
      'degraded',
      'ErrImagePull',
    ],
    [
      'with an init container that crashes',
      { phase: 'Pending', initContainerStatuses: [crashing] },
      'degraded',
      'CrashLoopBackOff',
    ],
    ['starting', { phase: 'Pending', containerStatuses: [starting] }, 'progressing', 'ContainerCreating'],
    [
      'without a node',
      {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available',
          },
        ],
      },
      'progressing',
      '0/3 nodes are available',
    ],
    [
      'evicted',
      { phase: 'Failed', message: 'The node was low on resource: memory.' },
      'degraded',
      'low on resource',
    ],
    ['of a phase that nobody knows', { phase: 'Unknown' }, 'unknown', 'no known phase'],
  ])('%s', (_, status, expected, reason) => {
    const health = healthOf(aPod(status));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });
});

describe('the health of a pod with an end', () => {
  it.each<[string, JsonObject, HealthStatus, string]>([
    ['that runs', { phase: 'Running', conditions: ready }, 'progressing', ''],
    [
      'without its image: it may still come',
      { phase: 'Pending', containerStatuses: [pulling] },
      'progressing',
      'ImagePullBackOff',
    ],
    ['that succeeded', { phase: 'Succeeded' }, 'healthy', ''],
    [
      'that failed with last words',
      {
        phase: 'Failed',
        containerStatuses: [
          aContainer({ terminated: { exitCode: 2, reason: 'Error', message: 'no table' } }),
        ],
      },
      'degraded',
      'container app ended with exit code 2: no table',
    ],
    [
      'that ran out of memory',
      {
        phase: 'Failed',
        containerStatuses: [aContainer({ terminated: { exitCode: 137, reason: 'OOMKilled' } })],
      },
      'degraded',
      'OOMKilled',
    ],
    [
      'that was killed',
      { phase: 'Failed', containerStatuses: [aContainer({ terminated: { exitCode: 0, signal: 9 } })] },
      'degraded',
      'signal 9',
    ],
    [
      'that failed with a reason alone',
      { phase: 'Failed', reason: 'DeadlineExceeded' },
      'degraded',
      'DeadlineExceeded',
    ],
    ['that failed without a word', { phase: 'Failed' }, 'degraded', 'the pod failed'],
  ])('%s', (_, status, expected, reason) => {
    const health = healthOf(aPod(status, 'Never'));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });
});
