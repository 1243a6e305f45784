import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { planChanges, planOutputs } from './changes.ts';
import { parsePlanJson } from './plan-json.ts';
import { planWarnings } from './plan-warnings.ts';

/** A plan's JSON with one resource in the lists that are given. */
function aPlan(parts: {
  drift?: JsonObject;
  change?: JsonObject;
  more?: JsonObject;
  plan?: JsonObject;
}): string {
  const resource = (change: JsonObject): JsonObject => ({
    address: 'x_y.a',
    mode: 'managed',
    type: 'x_y',
    name: 'a',
    change,
    ...parts.more,
  });
  return JSON.stringify({
    format_version: '1.2',
    resource_drift: parts.drift ? [resource(parts.drift)] : [],
    resource_changes: parts.change ? [resource(parts.change)] : [],
    ...parts.plan,
  });
}

const changesOf = (parts: Parameters<typeof aPlan>[0]) => planChanges(parsePlanJson(aPlan(parts)));
const update = (before: JsonObject, after: JsonObject, more: JsonObject = {}) => ({
  actions: ['update'],
  before,
  after,
  ...more,
});

describe('planChanges', () => {
  it.each([
    ['live moved, and the apply returns it', { a: '1' }, { a: '2' }, { a: '1' }, 'drift'],
    ['live moved, and Git wants a third value', { a: '1' }, { a: '2' }, { a: '3' }, 'both'],
    [
      'live moved one attribute, Git another',
      { a: '1', b: '1' },
      { a: '2', b: '1' },
      { a: '1', b: '2' },
      'both',
    ],
    [
      'live moved an ignored attribute, Git another',
      { a: '1', b: '1' },
      { a: '2', b: '1' },
      { a: '2', b: '2' },
      'both',
    ],
  ])('%s: %#', (_, applied, live, wanted, cause) => {
    const changes = changesOf({ drift: update(applied, live), change: update(live, wanted) });
    expect(changes).toMatchObject([{ action: 'update', cause }]);
  });

  it('does not take what is known only after the apply for a wish of Git', () => {
    const changes = changesOf({
      drift: update({ a: '1', b: 'x' }, { a: '2', b: 'x' }),
      change: update({ a: '2', b: 'x' }, { a: '1' }, { after_unknown: { b: true } }),
    });
    expect(changes).toMatchObject([{ cause: 'drift' }]);
    expect(changes[0]?.attributes).toHaveLength(1);
  });

  it('sees an attribute that Git dropped from an object that is gone', () => {
    const changes = changesOf({
      drift: { actions: ['delete'], before: { a: '1', b: '1' }, after: null },
      change: { actions: ['create'], before: null, after: { a: '1', b: null } },
    });
    expect(changes).toMatchObject([{ action: 'create', cause: 'both' }]);
  });

  it('names an object that is deleted in Git and moved live', () => {
    const changes = changesOf({
      drift: update({ a: '1' }, { a: '2' }),
      change: { actions: ['delete'], before: { a: '2' }, after: null },
    });
    expect(changes).toMatchObject([{ action: 'delete', cause: 'both' }]);
  });

  it('keeps a deposed object apart from the one that replaced it', () => {
    const changes = changesOf({
      change: { actions: ['delete'], before: {}, after: null },
      more: { deposed: 'ab12' },
    });
    expect(changes[0]?.address).toBe('x_y.a (deposed ab12)');
  });

  it('names an import', () => {
    const changes = changesOf({
      change: { actions: ['no-op'], before: { a: 1 }, after: { a: 1 }, importing: { id: 'i' } },
    });
    expect(changes).toMatchObject([{ action: 'import', cause: 'pending' }]);
  });

  it('leaves out data sources and what changes nothing', () => {
    expect(
      changesOf({ change: { actions: ['read'], before: null, after: {} }, more: { mode: 'data' } }),
    ).toEqual([]);
    expect(changesOf({ change: { actions: ['no-op'], before: {}, after: {} } })).toEqual([]);
    expect(changesOf({ change: {} })).toHaveLength(1);
  });

  it('takes what is deferred to a later plan as pending, so that it is never in sync', () => {
    const plan = parsePlanJson(
      aPlan({
        plan: {
          complete: false,
          deferred_changes: [
            {
              reason: 'provider_config_unknown',
              resource_change: {
                address: 'x_y.later',
                mode: 'managed',
                type: 'x_y',
                name: 'later',
                change: { actions: ['create'], before: null, after: { a: '1' } },
              },
            },
          ],
        },
      }),
    );
    expect(planChanges(plan)).toMatchObject([{ address: 'x_y.later', action: 'create', cause: 'pending' }]);
    expect(planWarnings(plan)).toEqual([expect.stringMatching(/puts off x_y\.later/)]);
  });

  it('masks a value that is sensitive on one side only, and a set that is marked as a whole', () => {
    const changes = changesOf({
      change: update(
        { a: 'secret-1', list: ['secret-2', 'p'] },
        { a: 'secret-3', list: ['p'] },
        { before_sensitive: false, after_sensitive: { a: true, list: true } },
      ),
    });
    expect(JSON.stringify(changes)).not.toContain('secret-');
    expect(changes[0]?.attributes.map((attribute) => attribute.pointer)).toEqual([
      '/a',
      '/list/0',
      '/list/1',
    ]);
  });
});

describe('planOutputs', () => {
  it('says that a value is known only after the apply, and masks what is sensitive', () => {
    const text = aPlan({
      plan: {
        output_changes: {
          b: { actions: ['create'], before: null, after_unknown: true },
          a: {
            actions: ['update'],
            before: 's1',
            after: 's2',
            before_sensitive: true,
            after_sensitive: true,
          },
          c: { actions: ['no-op'], before: 1, after: 1 },
        },
      },
    });
    expect(planOutputs(parsePlanJson(text), () => undefined)).toEqual([
      { name: 'a', action: 'update', before: '(sensitive)', after: '(sensitive)', sensitive: true },
      { name: 'b', action: 'create', before: null, after: '(known after apply)', sensitive: false },
    ]);
  });
});

describe('parsePlanJson', () => {
  it('refuses a plan that ended with errors', () => {
    expect(() => parsePlanJson(aPlan({ plan: { errored: true } }))).toThrow(/incomplete/);
  });

  it('refuses a plan that leaves out parts of the stack without naming them', () => {
    expect(() => parsePlanJson(aPlan({ plan: { complete: false } }))).toThrow(/only a part/);
    expect(changesOf({ plan: { complete: true } })).toEqual([]);
  });

  it.each(['', 'nope', '{}', '{"format_version":"2.0"}'])(
    'refuses what is no plan of the known format: %j',
    (text) => {
      expect(() => parsePlanJson(text)).toThrow(/plan/);
    },
  );
});
