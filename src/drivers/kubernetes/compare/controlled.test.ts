import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { compileIgnoreDifferences } from './ignore-differences.ts';
import { createMasker } from './mask.ts';
import { compareObject } from './to-change.ts';

interface By {
  manager: string;
  fields: JsonObject;
  operation?: string;
  subresource?: string;
}

function anObject(apiVersion: string, kind: string, content: JsonObject, by: By[] = []): KubeObject {
  const managedFields = by.map(({ manager, fields, operation = 'Update', subresource = '' }) => ({
    manager,
    operation,
    subresource,
    fieldsV1: fields,
  }));
  const metadata = { name: 'x', ...(by.length > 0 ? { managedFields } : {}) };
  return { apiVersion, kind, metadata, ...content };
}
const compare = (live: KubeObject, wanted: KubeObject, controllers: string[] = []) =>
  compareObject(
    { wanted, live, answer: wanted, lastApplied: null },
    { ignore: compileIgnoreDifferences([]), controllers, masker: createMasker(), manager: 'plumbline' },
  );

const replicas = (count: number, by: By[] = [], more: JsonObject = {}): KubeObject =>
  anObject('apps/v1', 'Deployment', { spec: { replicas: count, ...more } }, by);
const SCALED: By = {
  manager: 'kube-controller-manager',
  subresource: 'scale',
  fields: { 'f:spec': { 'f:replicas': {} } },
};

describe('fields of known controllers that Git declares, too', () => {
  it('are left to them: replicas of an autoscaler', () => {
    const result = compare(replicas(7, [SCALED]), replicas(1));
    expect(result.change).toBeNull();
    expect(result.controlled).toMatchObject([
      { pointer: '/spec/replicas', before: 7, after: 1, manager: 'kube-controller-manager' },
    ]);
  });

  it('are left out of a change of other fields', () => {
    const result = compare(replicas(7, [SCALED], { paused: true }), replicas(1, [], { paused: false }));
    expect(result.change?.attributes.map(({ pointer }) => pointer)).toEqual(['/spec/paused']);
    expect(result.change?.after).toEqual(replicas(7, [], { paused: false }));
  });

  it('are Git’s again when somebody else has written them, or we have', () => {
    const fields = SCALED.fields;
    for (const by of [
      { manager: 'kubectl-edit', fields },
      { manager: 'plumbline', operation: 'Apply', fields },
      { manager: 'kubectl', subresource: 'scale', fields },
    ])
      expect(compare(replicas(7, [by]), replicas(1)).change?.attributes).toHaveLength(1);
  });

  it('go by further names of the config', () => {
    const by = { manager: 'acme-scaler', fields: SCALED.fields };
    expect(compare(replicas(7, [by]), replicas(1)).change).not.toBeNull();
    expect(compare(replicas(7, [by]), replicas(1), ['acme-*']).change).toBeNull();
  });

  it.each<[string, KubeObject, KubeObject]>([
    [
      'the rules of an aggregated role',
      anObject('rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: [{ verbs: ['get'] }] }, [
        { manager: 'clusterrole-aggregation-controller', operation: 'Apply', fields: { 'f:rules': {} } },
      ]),
      anObject('rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: [] }),
    ],
    [
      'a certificate that is injected in the place of another',
      anObject(
        'admissionregistration.k8s.io/v1',
        'MutatingWebhookConfiguration',
        { webhooks: [{ name: 'a', clientConfig: { caBundle: 'bmV3' } }] },
        [
          {
            manager: 'cainjector',
            fields: { 'f:webhooks': { 'k:{"name":"a"}': { 'f:clientConfig': { 'f:caBundle': {} } } } },
          },
        ],
      ),
      anObject('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', {
        webhooks: [{ name: 'a', clientConfig: { caBundle: 'Cg==' } }],
      }),
    ],
  ])('are left to them: %s', (_, live, wanted) => {
    expect(compare(live, wanted).change).toBeNull();
  });
});
