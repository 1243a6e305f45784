import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { compileIgnoreDifferences } from '../compare/ignore-differences.ts';
import { foreignChanges, seenOf, wasWrittenSince, type WatchRules } from './judge-change.ts';

const RULES: WatchRules = { ignore: compileIgnoreDifferences([]), controllers: [] };

/** An entry of managed fields over members of `data`, or over the fields given. */
function by(manager: string, names: string[], more: JsonObject = {}): JsonObject {
  const data = Object.fromEntries(names.map((name): [string, JsonObject] => [`f:${name}`, {}]));
  return {
    manager,
    operation: manager === 'plumbline' ? 'Apply' : 'Update',
    time: '2026-03-04T12:00:00Z',
    fieldsV1: { 'f:data': data },
    ...more,
  };
}

function settings(data: Record<string, string>, managedFields: JsonObject[], metadata: JsonObject = {}) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop', uid: 'u1', managedFields, ...metadata },
    data,
  } satisfies KubeObject;
}

const note = (attempt: string): JsonObject => ({ annotations: { 'plumbline.dev/attempt': attempt } });
const NOTED: JsonObject = { 'f:metadata': { 'f:annotations': { 'f:plumbline.dev/attempt': {} } } };
const OURS = by('plumbline', ['color']);
const LEFT = settings({ color: 'red' }, [OURS]);

const judge = (before: KubeObject | null, after: KubeObject | null, rules = RULES) =>
  foreignChanges(before && seenOf(before), after && seenOf(after), rules);

describe('foreignChanges', () => {
  it.each<[string, KubeObject, string[]]>([
    [
      'a value that somebody edited',
      settings({ color: 'green' }, [by('kubectl-edit', ['color'])]),
      ['/data/color'],
    ],
    ['a value that we applied', settings({ color: 'blue' }, [OURS]), []],
    [
      'a key that somebody added',
      settings({ color: 'red', extra: '1' }, [OURS, by('kubectl-patch', ['extra'])]),
      ['/data/extra'],
    ],
    [
      'a key that another apply declares beside ours',
      settings({ color: 'red', extra: '1' }, [OURS, by('other', ['extra'], { operation: 'Apply' })]),
      [],
    ],
    [
      'our key, taken over by another apply',
      settings({ color: 'green' }, [by('other', ['color'], { operation: 'Apply' })]),
      ['/data/color'],
    ],
    ['our key, taken away', settings({}, []), ['/data/color']],
    ['our key, taken away by us', settings({}, [by('plumbline', [], { fieldsV1: NOTED })], note('two')), []],
    ['a value that the server filled in', settings({ color: 'red', filled: 'in' }, [OURS]), []],
    [
      'a value of an object that says of nobody that they wrote it',
      settings({ color: 'green' }, []),
      ['/data/color'],
    ],
    [
      'metadata of the server and status',
      {
        ...settings({ color: 'red' }, [OURS], { resourceVersion: '9', generation: 4 }),
        status: { ready: 1 },
      },
      [],
    ],
    ['a deletion that has begun', settings({ color: 'red' }, [OURS], { deletionTimestamp: 'now' }), ['']],
    ['another object of the name, made by hand', settings({ color: 'red' }, [], { uid: 'u2' }), ['']],
    ['another object of the name, made by us', settings({ color: 'x' }, [OURS], { uid: 'u2' }), []],
  ])('says of %s', (_what, after, expected) => {
    expect(judge(LEFT, after)).toEqual(expected);
  });

  it('says of an object that came, and of one that went', () => {
    expect(judge(null, LEFT)).toEqual([]);
    expect(judge(null, settings({}, [by('kubectl-create', [])]))).toEqual(['']);
    expect(judge(LEFT, null)).toEqual(['']);
    expect(judge(null, null)).toEqual([]);
  });

  it('leaves out what is ignored, and what a manager writes that may write anything', () => {
    const edited = settings({ color: 'green' }, [by('robot', ['color'])]);
    const ignore = compileIgnoreDifferences([{ kind: 'ConfigMap', jsonPointers: ['/data/color'] }]);
    expect(judge(LEFT, edited)).toEqual(['/data/color']);
    expect(judge(LEFT, edited, { ...RULES, ignore })).toEqual([]);
    expect(judge(LEFT, edited, { ...RULES, controllers: ['rob*'] })).toEqual([]);
  });

  it('sees that a Secret’s value was changed, and keeps none', () => {
    const secret = (value: string, entries: JsonObject[]): KubeObject => ({
      ...settings({ token: Buffer.from(value).toString('base64') }, entries),
      kind: 'Secret',
    });
    const before = secret('first', [by('plumbline', ['token'])]);
    expect(judge(before, secret('second', [by('kubectl-edit', ['token'])]))).toEqual(['/data/token']);
    expect(judge(before, before)).toEqual([]);
    expect(JSON.stringify(seenOf(before))).not.toContain(Buffer.from('first').toString('base64'));
  });
});

describe('wasWrittenSince', () => {
  const scale = by('horizontal-pod-autoscaler', [], {
    subresource: 'scale',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  });
  const deployment = (entries: JsonObject[]): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', managedFields: entries },
    spec: { replicas: 3, paused: true },
    status: { replicas: 3 },
  });
  const paused = by('kubectl-edit', [], { fieldsV1: { 'f:spec': { 'f:paused': {} } } });
  const status = by('kubelet', [], { subresource: 'status', fieldsV1: { 'f:status': { 'f:replicas': {} } } });

  it.each<[string, JsonObject[], string, boolean]>([
    ['an edit afterwards', [paused], '2026-03-04T11:59:00Z', true],
    ['an edit before', [paused], '2026-03-04T12:00:01Z', false],
    ['our own apply', [OURS], '2026-03-04T11:59:00Z', false],
    ['a controller and a status', [scale, status], '2026-03-04T11:59:00Z', false],
  ])('says of %s', (_what, entries, since, expected) => {
    expect(wasWrittenSince(seenOf(deployment(entries)), since, RULES)).toBe(expected);
  });
});
