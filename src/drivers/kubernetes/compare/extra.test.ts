import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { extraFields, type ExtraOptions } from './extra.ts';
import { managedEntries } from './managed-fields.ts';
import { normalise } from './normalise.ts';

const POD = '/spec/template/spec';
const AT = '2026-03-01T10:00:00Z';

interface By {
  manager: string;
  fields: JsonObject;
  operation?: string;
  subresource?: string;
  time?: string;
}

/** A Deployment with one container, applied by Plumbline, and what others have done to it. */
function aDeployment(spec: JsonObject, pod: JsonObject, by: By[]): KubeObject {
  return anObject({ apiVersion: 'apps/v1', kind: 'Deployment' }, by, {
    spec: {
      replicas: 1,
      ...spec,
      template: { spec: { containers: [{ name: 'web', image: 'web:1' }], ...pod } },
    },
  });
}

function anObject(
  kind: { apiVersion: string; kind: string },
  by: By[],
  content: JsonObject,
  metadata: JsonObject = {},
): KubeObject {
  return {
    ...kind,
    metadata: {
      name: 'x',
      namespace: 'web',
      ...metadata,
      managedFields: by.map(({ manager, fields, operation = 'Update', subresource = '', time = AT }) => ({
        manager,
        operation,
        subresource,
        time,
        fieldsV1: fields,
      })),
    },
    ...content,
  };
}

const inPod = (fields: JsonObject): JsonObject => ({ 'f:spec': { 'f:template': { 'f:spec': fields } } });
const inContainer = (name: string, fields: JsonObject): JsonObject =>
  inPod({ 'f:containers': { [`k:{"name":"${name}"}`]: fields } });
const OURS: By = {
  manager: 'plumbline',
  operation: 'Apply',
  fields: inContainer('web', { '.': {}, 'f:name': {}, 'f:image': {} }),
};

const WANTED = aDeployment({}, {}, []);
const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap' };

function found(live: KubeObject, wanted = WANTED, options: Partial<ExtraOptions> = {}) {
  return extraFields(normalise(live), managedEntries(live), {
    manager: 'plumbline',
    declared: [wanted],
    controllers: [],
    ...options,
  });
}
const pointers = (...args: Parameters<typeof found>): string[] =>
  found(...args).extra.map(({ pointer }) => pointer);

describe('extraFields', () => {
  it('finds a container that somebody added, as one entry with who and when', () => {
    const sidecar = { name: 'sidecar', image: 'x', terminationMessagePolicy: 'File', resources: {} };
    const live = aDeployment({}, { containers: [{ name: 'web', image: 'web:1' }, sidecar] }, [
      OURS,
      {
        manager: 'kubectl-edit',
        fields: inContainer('sidecar', {
          '.': {},
          'f:name': {},
          'f:image': {},
          'f:terminationMessagePolicy': {},
          'f:resources': {},
        }),
      },
    ]);
    expect(found(live)).toEqual({
      extra: [
        {
          pointer: `${POD}/containers/1`,
          path: ['spec', 'template', 'spec', 'containers', '1'],
          value: sidecar,
          manager: 'kubectl-edit',
          operation: 'Update',
          at: AT,
        },
      ],
      shared: [],
    });
  });

  it('finds hostPID, a key of a ConfigMap, and a variable, each alone', () => {
    const pod = aDeployment({}, { hostPID: true }, [
      OURS,
      { manager: 'kubectl-edit', fields: inPod({ 'f:hostPID': {} }) },
    ]);
    expect(pointers(pod)).toEqual([`${POD}/hostPID`]);

    const config = anObject(
      CONFIG,
      [
        { manager: 'plumbline', operation: 'Apply', fields: { 'f:data': { 'f:a': {} } } },
        { manager: 'kubectl-edit', fields: { 'f:data': { 'f:b': {} } } },
      ],
      { data: { a: '1', b: '2' } },
    );
    expect(pointers(config, anObject(CONFIG, [], { data: { a: '1' } }))).toEqual(['/data/b']);

    const env = [
      { name: 'A', value: '1' },
      { name: 'OLD', value: '2' },
    ];
    const wanted = aDeployment({}, { containers: [{ name: 'web', env: env.slice(0, 1) }] }, []);
    const live = aDeployment({}, { containers: [{ name: 'web', env }] }, [
      {
        manager: 'kubectl-client-side-apply',
        fields: inContainer('web', {
          'f:name': {},
          'f:env': {
            'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} },
            'k:{"name":"OLD"}': { '.': {}, 'f:name': {}, 'f:value': {} },
          },
        }),
      },
    ]);
    expect(pointers(live, wanted)).toEqual([`${POD}/containers/0/env/1`]);
  });

  it('finds nothing in what was declared with another value, or as a list that is one thing', () => {
    const live = aDeployment({ replicas: 5 }, { containers: [{ name: 'web', args: ['a', 'b'] }] }, [
      { manager: 'kubectl-edit', fields: { 'f:spec': { 'f:replicas': {} } } },
      { manager: 'kubectl-edit', fields: inContainer('web', { 'f:args': {} }) },
    ]);
    expect(pointers(live, aDeployment({}, { containers: [{ name: 'web', args: ['a'] }] }, []))).toEqual([]);
  });

  it('finds nothing in what the server fills in, whoever owns it', () => {
    const live = aDeployment(
      {
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      },
      {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
        containers: [
          {
            name: 'web',
            image: 'web:1',
            imagePullPolicy: 'IfNotPresent',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
      },
      [{ manager: 'kubectl-create', fields: { 'f:spec': {} } }],
    );
    expect(pointers(live)).toEqual([]);
    const pulled = aDeployment(
      {},
      { containers: [{ name: 'web', imagePullPolicy: 'Always', image: 'web:1' }] },
      [{ manager: 'kubectl-edit', fields: inContainer('web', { 'f:imagePullPolicy': {} }) }],
    );
    expect(pointers(pulled)).toEqual([`${POD}/containers/0/imagePullPolicy`]);
  });

  it('finds nothing in what the server makes from other fields', () => {
    const kind = { apiVersion: 'batch/v1', kind: 'Job' };
    const by = {
      manager: 'kubectl-create',
      fields: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {}, 'f:batch.kubernetes.io/job-name': {} } },
      },
    };
    const spec = { template: { metadata: { labels: { app: 'x' } } } };
    const live = (app: string): KubeObject =>
      anObject(kind, [by], { spec }, { labels: { app, 'batch.kubernetes.io/job-name': 'x' } });
    expect(pointers(live('x'), anObject(kind, [], { spec }))).toEqual([]);
    expect(pointers(live('y'), anObject(kind, [], { spec }))).toEqual(['/metadata/labels']);
  });

  it('knows no defaults of custom kinds', () => {
    const kind = { apiVersion: 'example.com/v1', kind: 'Thing' };
    const by = { manager: 'kubectl-edit', fields: { 'f:spec': { 'f:restartPolicy': {} } } };
    const content = { spec: { restartPolicy: 'Always' } };
    expect(pointers(anObject(kind, [by], content), anObject(kind, [], {}))).toEqual(['/spec']);
    const pod = { apiVersion: 'v1', kind: 'Pod' };
    expect(pointers(anObject(pod, [by], content), anObject(pod, [], {}))).toEqual([]);
  });

  it('finds nothing in what nobody owns, what we own, and the status', () => {
    const live = aDeployment({ paused: true, minReadySeconds: 5 }, {}, [
      { manager: 'plumbline', fields: { 'f:spec': { 'f:paused': {} } } },
      { manager: 'kubectl-edit', subresource: 'status', fields: { 'f:status': { 'f:replicas': {} } } },
    ]);
    expect(found({ ...live, status: { replicas: 3 } })).toEqual({ extra: [], shared: [] });
  });

  it('keeps what another manager applies apart from drift', () => {
    const live = aDeployment({}, { hostIPC: true, hostPID: true }, [
      OURS,
      { manager: 'sidecars', operation: 'Apply', fields: inPod({ 'f:hostIPC': {} }) },
      { manager: 'sidecars', operation: 'Apply', fields: inPod({ 'f:hostPID': {} }) },
      { manager: 'kubectl-edit', fields: inPod({ 'f:hostPID': {} }) },
    ]);
    const result = found(live);
    expect(result.extra).toEqual([]);
    expect(result.shared).toMatchObject([
      { pointer: `${POD}/hostIPC`, manager: 'sidecars', operation: 'Apply' },
      { pointer: `${POD}/hostPID`, manager: 'sidecars', operation: 'Apply' },
    ]);
  });

  it('looks inside a subtree that belongs to several', () => {
    const live = anObject(
      CONFIG,
      [
        { manager: 'sidecars', operation: 'Apply', fields: { 'f:data': { 'f:a': {} } } },
        { manager: 'kubectl-edit', fields: { 'f:data': { 'f:b': {} } } },
      ],
      { data: { a: '1', b: '2' } },
    );
    const result = found(live, anObject(CONFIG, [], {}));
    expect(result.extra.map(({ pointer }) => pointer)).toEqual(['/data/b']);
    expect(result.shared.map(({ pointer }) => pointer)).toEqual(['/data/a']);
  });

  it('names the newest of several owners', () => {
    const fields = inPod({ 'f:hostPID': {} });
    const live = aDeployment({}, { hostPID: true }, [
      { manager: 'newer', fields, time: '2026-05-01T00:00:00Z' },
      { manager: 'older', fields, time: '2026-04-01T00:00:00Z' },
    ]);
    expect(found(live).extra).toMatchObject([{ manager: 'newer', at: '2026-05-01T00:00:00Z' }]);
  });

  it('takes managers that the config names, and what else was declared, for fine', () => {
    const live = aDeployment({}, { hostPID: true }, [
      { manager: 'acme-operator', fields: inPod({ 'f:hostPID': {} }) },
    ]);
    expect(pointers(live)).toHaveLength(1);
    expect(pointers(live, WANTED, { controllers: ['acme-*'] })).toEqual([]);
    expect(pointers(live, WANTED, { declared: [WANTED, aDeployment({}, { hostPID: true }, [])] })).toEqual(
      [],
    );
  });
});
