import { describe, expect, it } from 'vitest';
import { an, condition, table, withConditions, type Row } from '../../../../test/support/health-table.ts';
import { healthOf } from './health-of.ts';

table('v1', 'PersistentVolumeClaim', [
  ['bound', { status: { phase: 'Bound' } }, 'healthy', ''],
  ['pending', { status: { phase: 'Pending' } }, 'progressing', 'to be bound'],
  ['new', {}, 'progressing', 'to be bound'],
  ['lost', { status: { phase: 'Lost' } }, 'degraded', 'lost'],
  ['of another phase', { status: { phase: 'Odd' } }, 'unknown', 'Odd'],
]);

const ADDRESS = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
table('v1', 'Service', [
  ['of the cluster', { spec: { type: 'ClusterIP' } }, 'healthy', ''],
  ['without a type', {}, 'healthy', ''],
  ['with an address', { spec: { type: 'LoadBalancer' }, status: ADDRESS }, 'healthy', ''],
  [
    'without an address',
    { spec: { type: 'LoadBalancer' }, status: { loadBalancer: {} } },
    'progressing',
    'address',
  ],
]);

table('networking.k8s.io/v1', 'Ingress', [
  ['with an address', { status: ADDRESS }, 'healthy', ''],
  ['with a name', { status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } } }, 'healthy', ''],
  ['with an empty address', { status: { loadBalancer: { ingress: [{}] } } }, 'progressing', 'address'],
]);

table('autoscaling/v2', 'HorizontalPodAutoscaler', [
  ['new', {}, 'progressing', 'waiting'],
  [
    'that works',
    withConditions(condition('AbleToScale', 'True', 'SucceededRescale', 'resized')),
    'healthy',
    'resized',
  ],
  ['at its bounds', withConditions(condition('ScalingLimited', 'True', 'TooManyReplicas')), 'healthy', ''],
  [
    'that gets no metrics, though it could scale',
    withConditions(
      condition('AbleToScale', 'True', 'SucceededRescale'),
      condition('ScalingActive', 'False', 'FailedGetResourceMetric', 'unable to get metrics'),
    ),
    'degraded',
    'unable to get metrics',
  ],
  [
    'that finds nothing to scale',
    withConditions(condition('AbleToScale', 'False', 'FailedGetScale', 'not found')),
    'degraded',
    'not found',
  ],
]);

table('apiregistration.k8s.io/v1', 'APIService', [
  ['new', {}, 'progressing', 'waiting'],
  ['available', withConditions(condition('Available', 'True', 'Passed')), 'healthy', ''],
  [
    'not available',
    withConditions(condition('Available', 'False', 'MissingEndpoints', 'no endpoints')),
    'progressing',
    'no endpoints',
  ],
]);

const ACCEPTED = condition('NamesAccepted', 'True');
const ESTABLISHED = condition('Established', 'True');
table('apiextensions.k8s.io/v1', 'CustomResourceDefinition', [
  ['new', {}, 'progressing', 'established'],
  ['established', withConditions(ACCEPTED, ESTABLISHED), 'healthy', ''],
  [
    'being installed',
    withConditions(ACCEPTED, condition('Established', 'False', 'Installing')),
    'progressing',
    'established',
  ],
  [
    'not established',
    withConditions(ACCEPTED, condition('Established', 'False', 'NotAccepted', 'clash')),
    'degraded',
    'clash',
  ],
  [
    'with names of another',
    withConditions(condition('NamesAccepted', 'False', 'ListKindConflict', 'is already in use'), ESTABLISHED),
    'degraded',
    'already in use',
  ],
  [
    'without a structural schema',
    withConditions(
      ACCEPTED,
      ESTABLISHED,
      condition('NonStructuralSchema', 'True', 'Violations', 'spec: Required'),
    ),
    'degraded',
    'spec: Required',
  ],
  [
    'that ends',
    withConditions(ACCEPTED, ESTABLISHED, condition('Terminating', 'True', 'InstanceDeletionInProgress')),
    'progressing',
    'being deleted',
  ],
]);

describe('the health of a Namespace', () => {
  const remaining = condition(
    'NamespaceContentRemaining',
    'True',
    'SomeResourcesRemain',
    'Some resources are remaining: widgets.example.com has 1 resource instances',
  );
  const held = condition(
    'NamespaceFinalizersRemaining',
    'True',
    'SomeFinalizersRemain',
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  const failing = condition(
    'NamespaceDeletionDiscoveryFailure',
    'True',
    'DiscoveryFailed',
    'unable to retrieve the complete list of server APIs',
  );

  it.each<Row>([
    ['active', { status: { phase: 'Active' } }, 'healthy', ''],
    ['ending', { status: { phase: 'Terminating' } }, 'progressing', 'is being deleted'],
    [
      'held by finalizers of its content',
      { status: { phase: 'Terminating', conditions: [remaining, held] } },
      'progressing',
      'example.com/hold in 1',
    ],
    [
      'held by a failure',
      { status: { phase: 'Terminating', conditions: [remaining, failing] } },
      'degraded',
      'server APIs; Some resources are remaining',
    ],
    [
      'held by finalizers of its own',
      { spec: { finalizers: ['kubernetes', 'example.com/own'] }, status: { phase: 'Terminating' } },
      'progressing',
      'finalizers: example.com/own',
    ],
    [
      'with conditions that are false',
      { status: { phase: 'Terminating', conditions: [{ ...failing, status: 'False' }] } },
      'progressing',
      'is being deleted',
    ],
  ])('%s', (_, fields, status, reason) => {
    const health = healthOf(an('v1', 'Namespace', fields));
    expect(health.status).toBe(status);
    expect(health.reason).toContain(reason);
  });
});
