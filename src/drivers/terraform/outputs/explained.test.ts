import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import { readPlanJson } from '../plan-json.ts';
import { outputExplainer } from './explained.ts';

const names = (...references: string[]) => ({ expression: { references } });

/** A plan in which `x_y.hit` has drifted and `x_y.calm` stays as it is. */
function explains(
  root: JsonObject,
  locals: Readonly<Record<string, Record<string, string>>> = { '': {} },
  drifted = 'x_y.hit',
): boolean {
  const plan = readPlanJson(
    JSON.stringify({
      format_version: '1.2',
      resource_drift: [
        { address: drifted, mode: 'managed', type: 'x_y', name: 'hit', change: { actions: ['update'] } },
      ],
      resource_changes: [
        { address: 'x_y.calm', mode: 'managed', type: 'x_y', name: 'calm', change: { actions: ['no-op'] } },
      ],
      configuration: { root_module: root },
    }),
  );
  return outputExplainer(plan, (path) => {
    const found = locals[path.join('.')];
    return found && new Map(Object.entries(found));
  })('o');
}

describe('outputExplainer', () => {
  it.each<[string, JsonObject, boolean]>([
    ['a literal', { expression: { constant_value: 'x' } }, false],
    ['a variable of the root', names('var.a'), false],
    ['the workspace', names('terraform.workspace', 'path.module'), false],
    ['a resource that drifted', names('x_y.hit.id', 'x_y.hit'), true],
    ['an instance of it', names('x_y.hit[0].id', 'x_y.hit[0]', 'x_y.hit'), true],
    ['a resource that stays as it is', names('x_y.calm.id', 'x_y.calm'), false],
    ['nothing that can be read', {}, false],
    ['a module that is not there', names('module.gone.id', 'module.gone'), true],
    ['a data source that is not there', names('data.x_z.gone.id', 'data.x_z.gone'), true],
  ])('takes %s for what it is', (_, output, expected) => {
    expect(explains({ outputs: { o: output } })).toBe(expected);
  });

  it('knows nothing of an output that the configuration does not have', () => {
    expect(explains({ outputs: {} })).toBe(true);
  });

  it.each([
    ['that names none', { a: '"x-${var.b}"' }, false],
    ['that names it', { a: 'x_y.hit.id' }, true],
    ['that names it through another', { a: 'upper(local.b)', b: '[for k, v in x_y . hit : v]' }, true],
    ['that names another by an index of it', { a: 'x_y.calm[x_y.hit.n].id' }, true],
    ['that names itself', { a: 'local.a' }, false],
    ['that is not there', {}, true],
  ])('follows a local value %s', (_, locals, expected) => {
    expect(explains({ outputs: { o: names('local.a') } }, { '': locals })).toBe(expected);
  });

  it('takes what stands behind local values that can’t be read for anything', () => {
    expect(explains({ outputs: { o: names('local.a') } }, {})).toBe(true);
  });

  it('follows a data source to what it is read by, and to what it waits for', () => {
    const data = { mode: 'data', type: 'x_z', name: 'd' };
    const outputs = { o: names('data.x_z.d.v', 'data.x_z.d') };
    const by = (more: JsonObject) => explains({ outputs, resources: [{ ...data, ...more }] });
    expect(by({ expressions: { block: [{ path: { references: ['x_y.hit.path', 'x_y.hit'] } }] } })).toBe(
      true,
    );
    expect(by({ depends_on: ['x_y.hit'] })).toBe(true);
    expect(by({ expressions: { path: { constant_value: 'x' } } })).toBe(false);
  });

  describe('through a module', () => {
    const module = (wanted: string[], call: JsonObject = {}): JsonObject => ({
      outputs: { o: names(...wanted) },
      module_calls: {
        m: {
          ...call,
          module: {
            outputs: {
              own: names('local.a'),
              hit: names('x_y.hit.id', 'x_y.hit'),
              given: names('var.v'),
              literal: { expression: { constant_value: 1 } },
            },
          },
        },
      },
    });
    const given = { expressions: { v: { references: ['x_y.hit.id', 'x_y.hit'] } } };

    it.each<[string, string[], JsonObject, boolean]>([
      ['by an output that names a resource of the root’s name only', ['module.m.hit', 'module.m'], {}, false],
      ['by a variable', ['module.m.given', 'module.m'], given, true],
      ['by an output that does not use the variable', ['module.m.literal', 'module.m'], given, false],
      ['as a whole', ['module.m'], given, true],
      [
        'by what it is repeated for',
        ['module.m.literal'],
        { for_each_expression: { references: ['x_y.hit'] } },
        true,
      ],
    ])('goes %s', (_, wanted, call, expected) => {
      expect(explains(module(wanted, call), { '': {}, m: { a: '1' } })).toBe(expected);
    });

    it('finds the resources and the local values of the module itself', () => {
      const inside = 'module.m["k"].x_y.hit[0]';
      expect(explains(module(['module.m.hit', 'module.m']), {}, inside)).toBe(true);
      expect(explains(module(['module.m.own']), { m: { a: 'x_y.hit.id' } }, inside)).toBe(true);
      expect(explains(module(['module.m.own']), { m: { a: '1' } }, inside)).toBe(false);
    });
  });
});
