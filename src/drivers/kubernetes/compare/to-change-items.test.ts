import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { LastApplied } from './cause.ts';
import { compileIgnoreDifferences } from './ignore-differences.ts';
import { createMasker } from './mask.ts';
import { compareObject, type Compared } from './to-change.ts';

const OURS = { manager: 'plumbline', operation: 'Apply' };
const EDIT = { manager: 'kubectl-edit', operation: 'Update' };
const ITEM = { '.': {}, 'f:name': {}, 'f:image': {} };

interface By {
  manager: string;
  operation: string;
  items: Record<string, JsonObject>;
}

/** A Deployment whose containers all have one image. */
function aDeployment(image: string, names: string[], by: By[] = []): KubeObject {
  const managedFields = by.map(({ manager, operation, items }) => ({
    manager,
    operation,
    fieldsV1: fieldsOf(items),
  }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'web', ...(by.length > 0 ? { managedFields } : {}) },
    spec: { template: { spec: { containers: names.map((name) => ({ name, image })) } } },
  };
}

function fieldsOf(items: Record<string, JsonObject>): JsonObject {
  const branches = Object.entries(items).map(([name, branch]) => [`k:{"name":"${name}"}`, branch]);
  return {
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': Object.fromEntries(branches) as JsonObject } } },
  };
}
const last = (sameWanted: boolean, ...names: string[]): LastApplied => ({
  sameWanted,
  fields: { version: 1, fields: fieldsOf(Object.fromEntries(names.map((name) => [name, ITEM]))) },
});
const compare = (compared: Compared) =>
  compareObject(compared, {
    ignore: compileIgnoreDifferences([]),
    controllers: [],
    masker: createMasker(),
    manager: 'plumbline',
  }).change;

describe('the change of list items', () => {
  it('puts a container that was removed by hand back, and takes an added one away', () => {
    const live = aDeployment(
      '1',
      ['new', 'web'],
      [
        { ...OURS, items: { web: ITEM } },
        { ...EDIT, items: { new: ITEM } },
      ],
    );
    const wanted = aDeployment('1', ['web', 'side']);
    const answer = aDeployment('1', ['web', 'new', 'side']);
    const change = compare({ wanted, live, answer, lastApplied: last(true, 'web', 'side') });
    expect(change).toMatchObject({
      address: 'web/Deployment.apps/shop',
      cause: 'drift',
      after: wanted,
      changedBy: [EDIT],
    });
    expect(change?.attributes.map(({ pointer, before, after }) => [pointer, before, after])).toEqual([
      ['/spec/template/spec/containers/2', { name: 'side', image: '1' }, null],
      ['/spec/template/spec/containers/0', null, { name: 'new', image: '1' }],
    ]);
  });

  it('shows what was taken away by hand as it was', () => {
    const live = aDeployment('1', ['web'], [{ ...OURS, items: { web: ITEM } }]);
    const wanted = aDeployment('2', ['web', 'side']);
    expect(compare({ wanted, live, answer: wanted, lastApplied: last(false, 'web', 'side') })).toMatchObject({
      cause: 'both',
      drift: {
        before: {
          spec: { template: { spec: { containers: [{ name: 'web', image: '1' }, { name: 'side' }] } } },
        },
        after: aDeployment('1', ['web']),
      },
    });
  });

  it('names no field apart that goes with its item', () => {
    const live = aDeployment(
      '1',
      ['web', 'old'],
      [
        { ...OURS, items: { web: ITEM, old: { '.': {}, 'f:name': {} } } },
        { ...EDIT, items: { old: { 'f:image': {} } } },
      ],
    );
    const wanted = aDeployment('1', ['web']);
    const change = compare({
      wanted,
      live,
      answer: wanted,
      lastApplied: { sameWanted: false, fields: null },
    });
    expect(change?.attributes.map(({ pointer }) => pointer)).toEqual(['/spec/template/spec/containers/1']);
  });
});
