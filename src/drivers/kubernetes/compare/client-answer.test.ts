import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { clientAnswer, withoutDefaults } from './client-answer.ts';
import { differences } from './differences.ts';

function aDeployment(spec: JsonObject, ours: JsonObject = {}): KubeObject {
  const managedFields = [
    { manager: 'plumbline', operation: 'Apply', fieldsV1: { 'f:spec': ours } },
    { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:theirs': {} } } },
  ];
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', managedFields }, spec };
}
const answer = (live: KubeObject, wanted: JsonObject) =>
  clientAnswer(live, aDeployment(wanted), 'plumbline')['spec'];

describe('clientAnswer', () => {
  it('leaves what others set alone, and takes away what we applied and Git gave up', () => {
    const live = aDeployment(
      { replicas: 2, paused: true, theirs: 1, labels: { ours: '1', other: '2' }, gone: { a: 1 } },
      {
        'f:replicas': {},
        'f:paused': {},
        'f:labels': { 'f:ours': {} },
        'f:gone': { '.': {}, 'f:a': {} },
      },
    );
    expect(answer(live, { replicas: 3, added: { b: 1 }, nothing: null })).toEqual({
      replicas: 3,
      theirs: 1,
      labels: { other: '2' },
      added: { b: 1 },
    });
  });

  it('merges list items by their keys, and takes other lists as they are wanted', () => {
    const ours = { '.': {}, 'f:name': {}, 'f:image': {} };
    const live = aDeployment(
      {
        containers: [
          { name: 'a', image: 'a:1', imagePullPolicy: 'Always' },
          { name: 'gone', image: 'g:1' },
          { name: 'theirs' },
        ],
        args: ['x', 'y'],
      },
      { 'f:containers': { 'k:{"name":"a"}': ours, 'k:{"name":"gone"}': ours }, 'f:args': {} },
    );
    expect(answer(live, { containers: [{ name: 'b' }, { name: 'a', image: 'a:2' }], args: ['z'] })).toEqual({
      containers: [{ name: 'a', image: 'a:2', imagePullPolicy: 'Always' }, { name: 'theirs' }, { name: 'b' }],
      args: ['z'],
    });
  });

  it('takes away every item that was ours when the list is no longer wanted', () => {
    const live = aDeployment(
      { containers: [{ name: 'a' }, { name: 'theirs' }] },
      { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } } },
    );
    expect(answer(live, {})).toEqual({ containers: [{ name: 'theirs' }] });
  });
});

describe('withoutDefaults', () => {
  it('leaves out what the server fills in inside lists, and nothing else', () => {
    const sources = (token: JsonObject): KubeObject =>
      aDeployment({ volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: token }] } }] });
    const live = sources({ path: 't', expirationSeconds: 3600, audience: 'x' });
    const found = withoutDefaults(differences(live, sources({ path: 't' })), live);
    expect(found.map(({ pointer }) => pointer)).toEqual([
      '/spec/volumes/0/projected/sources/0/serviceAccountToken/audience',
    ]);
    const set = withoutDefaults(differences(live, sources({ path: 't', expirationSeconds: 600 })), live);
    expect(set).toHaveLength(2);
  });
});
