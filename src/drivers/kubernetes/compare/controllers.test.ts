import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { extraFields, type ExtraFields } from './extra.ts';
import { managedEntries } from './managed-fields.ts';
import { normalise } from './normalise.ts';

interface By {
  manager: string;
  fields: JsonObject;
  operation?: string;
  subresource?: string;
}
type Kind = { apiVersion: string; kind: string };

const CONFIG: Kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const DEPLOYMENT: Kind = { apiVersion: 'apps/v1', kind: 'Deployment' };

function anObject(kind: Kind, by: By[], content: JsonObject, metadata: JsonObject = {}): KubeObject {
  const managedFields = by.map(({ manager, fields, operation = 'Update', subresource = '' }) => ({
    manager,
    operation,
    subresource,
    fieldsV1: fields,
  }));
  return { ...kind, metadata: { name: 'x', ...metadata, managedFields }, ...content };
}

function found(live: KubeObject, wanted: KubeObject): ExtraFields {
  const options = { manager: 'plumbline', declared: [wanted], controllers: [] };
  return extraFields(normalise(live), managedEntries(live), options);
}
const pointers = (live: KubeObject, wanted: KubeObject): string[] =>
  found(live, wanted).extra.map(({ pointer }) => pointer);

/** Fields of known controllers: kind, content, the declared content, the manager, its fields, its subresource. */
type Case = [string, Kind, JsonObject, JsonObject, By];
const WEBHOOK = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' };
const CASES: Case[] = [
  [
    'replicas of an autoscaler',
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { spec: { replicas: 7 } },
    {},
    {
      manager: 'kube-controller-manager',
      subresource: 'scale',
      fields: { 'f:spec': { 'f:replicas': {} } },
    },
  ],
  [
    'the certificate of a webhook',
    WEBHOOK,
    { webhooks: [{ name: 'a', clientConfig: { caBundle: 'Q0E=', url: 'https://x' } }] },
    { webhooks: [{ name: 'a', clientConfig: { url: 'https://x' } }] },
    {
      manager: 'cainjector',
      fields: { 'f:webhooks': { 'k:{"name":"a"}': { 'f:clientConfig': { 'f:caBundle': {} } } } },
    },
  ],
  [
    'the rules of an aggregated role',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
    { rules: [{ verbs: ['get'] }], aggregationRule: { a: 1 } },
    { aggregationRule: { a: 1 } },
    { manager: 'clusterrole-aggregation-controller', operation: 'Apply', fields: { 'f:rules': {} } },
  ],
  [
    'the volume of a claim',
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    { spec: { volumeName: 'pvc-1', accessModes: ['ReadWriteOnce'] } },
    { spec: { accessModes: ['ReadWriteOnce'] } },
    { manager: 'kube-controller-manager', fields: { 'f:spec': { 'f:volumeName': {} } } },
  ],
  [
    'the node of a pod',
    { apiVersion: 'v1', kind: 'Pod' },
    { spec: { nodeName: 'n1' } },
    {},
    { manager: 'kube-scheduler', fields: { 'f:spec': { 'f:nodeName': {} } } },
  ],
  [
    'endpoints',
    { apiVersion: 'v1', kind: 'Endpoints' },
    { subsets: [{ addresses: [{ ip: '10.0.0.1' }] }] },
    {},
    { manager: 'kube-controller-manager', fields: { 'f:subsets': {} } },
  ],
  [
    'a node’s taints',
    { apiVersion: 'v1', kind: 'Node' },
    { spec: { taints: [{ key: 'a' }] } },
    {},
    { manager: 'cluster-autoscaler', fields: { 'f:spec': { 'f:taints': {} } } },
  ],
];

describe('known controllers', () => {
  it.each(CASES)('may write %s, and nobody else may', (_, kind, content, declared, by) => {
    const wanted = anObject(kind, [], declared);
    const live = (manager: string): KubeObject =>
      anObject(kind, [{ ...by, manager, operation: by.operation ?? 'Update' }], content);
    expect(found(live(by.manager), wanted)).toEqual({ extra: [], shared: [] });
    const theirs = found(live('kubectl-edit'), wanted);
    // A claim's volume can't be set by hand once it is bound, and the server itself may have chosen it.
    const expected = kind.kind === 'PersistentVolumeClaim' ? 0 : 1;
    expect([...theirs.extra, ...theirs.shared]).toHaveLength(expected);
  });

  it('may write nothing but their own fields', () => {
    const fields = { 'f:spec': { 'f:template': { 'f:spec': { 'f:hostPID': {} } } } };
    const live = anObject(
      DEPLOYMENT,
      [
        { manager: 'kube-controller-manager', fields },
        { manager: 'k3s', fields },
      ],
      { spec: { template: { spec: { hostPID: true } } } },
    );
    const wanted = anObject(DEPLOYMENT, [], { spec: { template: { spec: {} } } });
    expect(pointers(live, wanted)).toEqual(['/spec/template/spec/hostPID']);
  });

  it.each<[string, string, JsonObject, string, number]>([
    [
      'the revision of a Deployment',
      'kube-controller-manager',
      { annotations: { 'deployment.kubernetes.io/revision': '3' } },
      'f:deployment.kubernetes.io/revision',
      0,
    ],
    [
      'the mark of a restart',
      'kubectl-edit',
      { annotations: { 'example.com/owner': 'me' } },
      'f:example.com/owner',
      1,
    ],
  ])('and metadata: %s by %s', (_, manager, metadata, field, count) => {
    const live = anObject(
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      [{ manager, fields: { 'f:metadata': { 'f:annotations': { '.': {}, [field]: {} } } } }],
      {},
      metadata,
    );
    expect(pointers(live, anObject({ apiVersion: 'apps/v1', kind: 'Deployment' }, [], {}))).toHaveLength(
      count,
    );
  });

  it('may write anything by the subresource status', () => {
    const live = (subresource: string): KubeObject =>
      anObject(CONFIG, [{ manager: 'acme', subresource, fields: { 'f:data': { 'f:a': {} } } }], {
        data: { a: '1' },
      });
    expect(pointers(live('status'), anObject(CONFIG, [], {}))).toEqual([]);
    expect(pointers(live(''), anObject(CONFIG, [], {}))).toEqual(['/data']);
  });

  it('keep objects alive by finalizers, which only people’s tools may not add', () => {
    const live = (manager: string): KubeObject =>
      anObject(
        CONFIG,
        [{ manager, fields: { 'f:metadata': { 'f:finalizers': { 'v:"a/b"': {} } } } }],
        {},
        {
          finalizers: ['a/b'],
        },
      );
    expect(pointers(live('acme'), anObject(CONFIG, [], {}))).toEqual([]);
    expect(pointers(live('kubectl-patch'), anObject(CONFIG, [], {}))).toEqual(['/metadata/finalizers']);
  });
});
