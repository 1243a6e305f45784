import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { diagnose } from './diagnose.ts';

const DEPLOYMENT: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', namespace: 'web', uid: 'd-1' },
  status: {
    conditions: [
      {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      },
    ],
  },
};

function aPod(name: string, status: JsonObject): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'web', uid: `uid-${name}` }, status };
}

function aContainer(state: JsonObject, lastState: JsonObject = {}): JsonObject {
  return { name: 'app', state, lastState };
}

function anEvent(name: string, about: KubeObject, more: JsonObject = {}): KubeObject {
  const { kind, metadata } = about;
  const { name: of = '', namespace = '', uid = '' } = metadata as Record<string, string>;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'web' },
    type: 'Warning',
    reason: 'FailedCreate',
    message: `about ${name}`,
    lastTimestamp: '2026-03-01T10:00:00Z',
    involvedObject: { kind, name: of, namespace, uid },
    ...more,
  };
}

const ended = { terminated: { exitCode: 1, reason: 'Error', message: 'panic: no database' } };
const crashing = aPod('shop-b', {
  containerStatuses: [aContainer({ waiting: { reason: 'CrashLoopBackOff' } }, ended)],
});
const pulling = aPod('shop-a', {
  containerStatuses: [
    aContainer({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "shop:9"' } }),
  ],
});
const unplaced = aPod('shop-0', {
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes are available: 3 Insufficient cpu.',
    },
  ],
});
const well = aPod('shop-1', {
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [aContainer({ running: {} }, ended)],
});
const event = anEvent('e1', DEPLOYMENT);

describe('diagnose', () => {
  it.each<[string, KubeObject[], KubeObject[], string]>([
    [
      'the last words of a container before everything else',
      [unplaced, pulling, crashing],
      [event],
      'container app of pod shop-b ended with exit code 1: panic: no database (now CrashLoopBackOff)',
    ],
    [
      'why a container cannot start before what comes after',
      [unplaced, pulling],
      [event],
      'container app of pod shop-a can\'t start: ImagePullBackOff: Back-off pulling image "shop:9"',
    ],
    [
      'why a pod has no node',
      [unplaced],
      [event],
      "pod shop-0 can't be placed: 0/3 nodes are available: 3 Insufficient cpu.",
    ],
    ['the newest warning', [], [event], 'FailedCreate: about e1'],
    [
      'the failing condition',
      [],
      [],
      'Available is False: MinimumReplicasUnavailable: Deployment does not have minimum availability.',
    ],
    [
      'nothing of pods that are well',
      [well],
      [],
      'Available is False: MinimumReplicasUnavailable: Deployment does not have minimum availability.',
    ],
  ])('says %s', (_, pods, events, sentence) => {
    expect(diagnose(DEPLOYMENT, { pods, events })).toBe(sentence);
    expect(diagnose(DEPLOYMENT, { pods: pods.toReversed(), events: events.toReversed() })).toBe(sentence);
  });

  it.each<[JsonObject[], string | null]>([
    [
      [
        { type: 'Ready', status: 'False' },
        { type: 'Stalled', status: 'True', message: 'bad spec' },
      ],
      'Stalled is True: bad spec',
    ],
    [
      [
        { type: 'Stalled', status: 'False' },
        { type: 'Synced', status: 'False', reason: 'NoAccess' },
      ],
      'Synced is False: NoAccess',
    ],
    [
      [
        { type: 'Ready', status: 'True' },
        { type: 'Odd', status: 'False' },
      ],
      null,
    ],
  ])('of the conditions %j says %s', (conditions, sentence) => {
    expect(diagnose({ ...DEPLOYMENT, status: { conditions } }, { pods: [], events: [] })).toBe(sentence);
  });

  it('says nothing where nothing tells', () => {
    expect(diagnose({ ...DEPLOYMENT, status: {} }, { pods: [well], events: [] })).toBeNull();
  });

  it('takes the newest of several warnings, by whichever time it has', () => {
    const events = [
      event,
      anEvent('e2', DEPLOYMENT, { lastTimestamp: null, eventTime: '2026-03-01T10:05:00.000001Z' }),
      anEvent('e3', DEPLOYMENT, { series: { count: 4, lastObservedTime: '2026-03-01T10:09:00Z' } }),
      anEvent('e4', DEPLOYMENT, { type: 'Normal', lastTimestamp: '2026-03-01T11:00:00Z' }),
    ];
    expect(diagnose(DEPLOYMENT, { pods: [], events })).toBe('FailedCreate: about e3 (4 times)');
    expect(diagnose(DEPLOYMENT, { pods: [], events: events.slice(0, 2) })).toBe('FailedCreate: about e2');
  });

  it('takes warnings about the pods of the object, and not about others', () => {
    const starting = aPod('shop-2', { phase: 'Pending' });
    const other = anEvent('e9', aPod('other', {}), { lastTimestamp: '2026-03-01T12:00:00Z' });
    const about = anEvent('e5', starting, { reason: 'FailedMount', message: 'secret "db" not found' });
    expect(diagnose(DEPLOYMENT, { pods: [starting], events: [other, about] })).toBe(
      'pod shop-2: FailedMount: secret "db" not found',
    );
    expect(diagnose(DEPLOYMENT, { pods: [], events: [other] })).toContain('Available is False');
  });

  it('does not take an event about an earlier object of the same name', () => {
    const earlier = anEvent('e6', { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, uid: 'd-0' } });
    expect(diagnose(DEPLOYMENT, { pods: [], events: [earlier] })).toContain('Available is False');
  });

  it('reads events of events.k8s.io', () => {
    const { involvedObject, message, ...rest } = event;
    const modern = { ...rest, regarding: involvedObject!, note: message! } as unknown as KubeObject;
    expect(diagnose(DEPLOYMENT, { pods: [], events: [modern] })).toBe('FailedCreate: about e1');
  });

  it('looks into a pod itself, and says when an init container is meant', () => {
    const pod = aPod('migrate', { phase: 'Failed', initContainerStatuses: [aContainer(ended)] });
    expect(diagnose(pod, { pods: [], events: [] })).toBe(
      'init container app of pod migrate ended with exit code 1: panic: no database',
    );
  });

  it('keeps to one line of bounded length', () => {
    const message = `first\n${'x'.repeat(5000)}`;
    const pod = aPod('a', { containerStatuses: [aContainer({ terminated: { exitCode: 1, message } })] });
    const sentence = diagnose(DEPLOYMENT, { pods: [pod], events: [] })!;
    expect(sentence).toContain('first xxx');
    expect(sentence).not.toContain('\n');
    expect(sentence.length).toBeLessThan(400);
  });
});
