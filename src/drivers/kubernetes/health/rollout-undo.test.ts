import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { errorCode } from '../../../util/errors.ts';
import { undoRollout } from './rollout-undo.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function aTemplate(image: string, labels: JsonObject = {}): JsonObject {
  return { metadata: { labels: { app: 'shop', ...labels } }, spec: { containers: [{ name: 'app', image }] } };
}

function aWorkload(kind: string, image: string, spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name: 'shop',
      namespace: 'web',
      uid: 'u-1',
      resourceVersion: '77',
      annotations: { [REVISION]: '3', [LAST_APPLIED]: '{}', note: 'new' },
    },
    spec: { replicas: 5, template: aTemplate(image), ...spec },
  };
}

function owned(uid = 'u-1', controller = true): JsonObject {
  return { ownerReferences: [{ uid, controller, kind: 'X', name: 'shop' }] };
}

function aReplicaSet(revision: number, image: string, owner = owned()): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `shop-${revision}`,
      annotations: {
        [REVISION]: String(revision),
        'deployment.kubernetes.io/desired-replicas': '5',
        note: `r${revision}`,
      },
      ...owner,
    },
    spec: { replicas: 0, template: aTemplate(image, { 'pod-template-hash': `h${revision}` }) },
  };
}

function aRevision(revision: number, image: string, owner = owned()): KubeObject {
  const template = { ...aTemplate(image), $patch: 'replace' };
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: `shop-${revision}`, ...owner },
    revision,
    data: { spec: { template } },
  };
}

describe('undoRollout of a Deployment', () => {
  const history = [aReplicaSet(3, 'shop:3'), aReplicaSet(1, 'shop:1'), aReplicaSet(2, 'shop:2')];

  it('goes back to the second newest revision, with its template and annotations', () => {
    const undo = undoRollout(aWorkload('Deployment', 'shop:3'), history, 'previous');
    expect(undo.revision).toBe(2);
    expect(undo.template).toEqual(aTemplate('shop:2'));
    expect(undo.annotations).toMatchObject({ note: 'r2' });
    expect(undo.patch).toEqual({
      type: 'json',
      body: [
        { op: 'replace', path: '/metadata/resourceVersion', value: '77' },
        { op: 'replace', path: '/spec/template', value: aTemplate('shop:2') },
        {
          op: 'add',
          path: '/metadata/annotations',
          value: { [REVISION]: '3', [LAST_APPLIED]: '{}', note: 'r2' },
        },
      ],
    });
  });

  it('goes back to a revision by its number', () => {
    expect(undoRollout(aWorkload('Deployment', 'shop:3'), history, 1).template).toEqual(aTemplate('shop:1'));
  });

  it('leaves out ReplicaSets of others', () => {
    const foreign = [aReplicaSet(9, 'x', owned('u-2')), aReplicaSet(8, 'x', owned('u-1', false))];
    expect(
      undoRollout(aWorkload('Deployment', 'shop:3'), [...foreign, ...history], 'previous').revision,
    ).toBe(2);
  });

  it('leaves out ReplicaSets without a revision', () => {
    const odd = aReplicaSet(4, 'x');
    const none = { ...odd, metadata: { ...odd.metadata, annotations: {} } };
    expect(undoRollout(aWorkload('Deployment', 'shop:3'), [none, ...history], 'previous').revision).toBe(2);
  });
});

describe.each(['StatefulSet', 'DaemonSet'])('undoRollout of a %s', (kind) => {
  const history = [aRevision(1, 'shop:1'), aRevision(3, 'shop:3'), aRevision(2, 'shop:2')];

  it('applies the patch that its history keeps, guarded by the version', () => {
    const undo = undoRollout(aWorkload(kind, 'shop:3'), history, 'previous');
    expect(undo).toEqual({
      revision: 2,
      template: aTemplate('shop:2'),
      annotations: {},
      patch: {
        type: 'strategic',
        body: {
          metadata: { resourceVersion: '77' },
          spec: { template: { ...aTemplate('shop:2'), $patch: 'replace' } },
        },
      },
    });
  });

  it('leaves out the history of others', () => {
    const foreign = aRevision(9, 'x', owned('u-2'));
    expect(undoRollout(aWorkload(kind, 'shop:3'), [foreign, ...history], 'previous').revision).toBe(2);
  });
});

describe('what undoRollout refuses', () => {
  const history = [aReplicaSet(1, 'shop:1'), aReplicaSet(2, 'shop:2')];
  const withNull = aRevision(1, 'shop:1');
  const created = { ...withNull, data: { spec: { template: { ...aTemplate('shop:1'), status: null } } } };

  it.each<[string, KubeObject, KubeObject[], number | 'previous', string, string]>([
    [
      'a paused rollout',
      aWorkload('Deployment', 'shop:2', { paused: true }),
      history,
      'previous',
      'rollout_paused',
      'Resume it',
    ],
    [
      'a revision that is not there',
      aWorkload('Deployment', 'shop:2'),
      history,
      7,
      'revision_not_found',
      'Choose one of 1, 2',
    ],
    [
      'any revision where none is left',
      aWorkload('Deployment', 'shop:2'),
      [],
      7,
      'revision_not_found',
      'Nothing of its history',
    ],
    [
      'the previous one of a single one',
      aWorkload('Deployment', 'shop:2'),
      history.slice(0, 1),
      'previous',
      'revision_not_found',
      'only revision 1',
    ],
    [
      'the one that it has',
      aWorkload('Deployment', 'shop:2'),
      history,
      2,
      'revision_current',
      'revision 2 already',
    ],
    [
      'the one that it has, but for nulls',
      aWorkload('StatefulSet', 'shop:1'),
      [created],
      1,
      'revision_current',
      'revision 1 already',
    ],
    [
      'another kind',
      { ...aWorkload('Job', 'x'), apiVersion: 'batch/v1' },
      [],
      'previous',
      'rollout_unsupported',
      'no rollout',
    ],
  ])('%s', (_, object, revisions, to, code, part) => {
    let caught: unknown;
    try {
      undoRollout(object, revisions, to);
    } catch (error) {
      caught = error;
    }
    expect(errorCode(caught)).toBe(code);
    expect(String(caught)).toContain(part);
    expect(String(caught)).toContain('/shop');
  });
});
