import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../domain/json.ts';
import { compilePath, evaluateJq } from './evaluate.ts';

const INPUT: JsonObject = {
  metadata: { annotations: { 'a.b/c': '1', keep: '2' }, labels: { version: 'v1' } },
  spec: {
    replicas: 3,
    containers: [
      { name: 'web', image: 'web:1', env: [{ name: 'DD_A' }, { name: 'B' }] },
      { name: 'side', image: 'side:2' },
    ],
    flags: [true, false],
  },
};

describe('evaluateJq', () => {
  // Each row is what jq 1.6 answers for the same input.
  it.each<[string, JsonValue[]]>([
    ['.', [INPUT]],
    ['.spec.replicas', [3]],
    ['.spec."replicas", .spec["replicas"]', [3, 3]],
    ['.metadata.annotations["a.b/c"]', ['1']],
    ['.metadata.annotations."a.b/c"', ['1']],
    ['.spec.containers[].name', ['web', 'side']],
    ['.spec.containers[-1].name', ['side']],
    ['.spec.containers[1:] | length', [1]],
    ['.spec.containers[:1] | .[0].name', ['web']],
    ['.spec.containers[] | select(.name == "side").image', ['side:2']],
    ['.spec.containers[] | select(.env[]?.name == "B") | .name', ['web']],
    ['.spec.containers | map(.name)', [['web', 'side']]],
    ['[.spec.containers[] | .image | startswith("web")]', [[true, false]]],
    ['.spec.nothing.at.all', [null]],
    ['.spec.nothing[]?', []],
    ['.spec.nothing // "x"', ['x']],
    ['.spec.flags[] // 7', [true]],
    ['.spec.flags | any, all', [true, false]],
    ['any(.spec.containers[]; .name == "side")', [true]],
    ['.spec | has("replicas"), has("x")', [true, false]],
    ['.spec.replicas > 2 and .spec.replicas <= 3', [true]],
    ['.spec.replicas == 4 or (.spec.replicas != 4 | not)', [false]],
    ['if .spec.replicas > 2 then "many" elif true then "few" else "none" end', ['many']],
    ['.spec.containers[0] as $c | .spec.containers[] | select(.name != $c.name) | .name', ['side']],
    ['[.. | strings | select(test("^web"))]', [['web', 'web:1']]],
    ['[.. | .name? // empty]', [['web', 'DD_A', 'B', 'side']]],
    ['[path(.spec.containers[].name)] | .[1]', [['spec', 'containers', 1, 'name']]],
    ['getpath(["spec", "containers", 0, "name"])', ['web']],
    ['first(.spec.containers[].name), last(.spec.containers[].name)', ['web', 'side']],
    ['.spec.containers[0] | keys', [['env', 'image', 'name']]],
    ['.metadata.labels | to_entries', [[{ key: 'version', value: 'v1' }]]],
    ['.spec.containers | contains([{name: "si"}])', [true]],
    ['"side" | inside("a side b")', [true]],
    ['[1, 2] + [3] - [2]', [[1, 3]]],
    ['"a-b" | split("-")', [['a', 'b']]],
    [
      '[3, "a", null, true, {}, []] | map(type)',
      [['number', 'string', 'null', 'boolean', 'object', 'array']],
    ],
    ['[1, "a", null] | map(scalars | tostring)', [['1', 'a', 'null']]],
    ['"B" | ascii_downcase | endswith("b")', [true]],
    ['[[1, 2] < [1, 3], {"a": 1} == {"a": 1}, null < false, "b" > 3]', [[true, true, true, true]]],
    ['-1 | length', [1]],
    ['.spec.containers # the containers\n | length', [2]],
  ])('%s', (source, answers) => {
    expect(evaluateJq(source, INPUT)).toEqual(answers);
  });
});

const removed = (source: string, value: JsonValue = INPUT) => compilePath(source).remove(value);

describe('compilePath', () => {
  it('removes what an expression chooses, and says whether it was there', () => {
    expect(removed('.spec.containers[] | select(.name == "side") | .image', INPUT).value).toMatchObject({
      spec: { containers: [{ name: 'web', image: 'web:1' }, { name: 'side' }] },
    });
    const { value, found } = removed('.spec.containers[].image');
    expect(found).toBe(true);
    expect(JSON.stringify(value)).not.toContain('image');
    expect(removed('.spec.nothing')).toEqual({ value: INPUT, found: false });
    expect(removed('.spec.nothing[]?')).toEqual({ value: INPUT, found: false });
  });

  it.each<[string, JsonValue, JsonValue]>([
    ['.[0, 1]', ['a', 'b', 'c'], ['c']],
    ['.[-1]', ['a', 'b', 'c'], ['a', 'b']],
    ['.[1:]', ['a', 'b', 'c'], ['a']],
    ['.[1:][0]', ['a', 'b', 'c'], ['a', 'c']],
    ['.[]', { a: 1, b: 2 }, {}],
    ['.[] | select(. > 1)', [1, 2, 3], [1]],
    ['.. | select(. == 1)', { a: [1, 2], b: 1 }, { a: [2] }],
    ['.a, .a.b', { a: { b: 1 }, c: 1 }, { c: 1 }],
    ['.a // .b', { b: 1, c: 1 }, { c: 1 }],
    ['if .a then .b else .c end', { a: true, b: 1, c: 1 }, { a: true, c: 1 }],
    ['first(.[])', [1, 2], [2]],
    ['getpath(["a", 0])', { a: [1, 2] }, { a: [2] }],
    ['recurse | select(. == "x")', ['x', ['x', 'y']], [['y']]],
    ['.["__proto__"]', JSON.parse('{"__proto__":1,"a":1}') as JsonValue, { a: 1 }],
    ['.constructor, .toString', { a: 1 }, { a: 1 }],
    ['.a | .. | numbers', { a: { b: 1, c: 'x' } }, { a: { c: 'x' } }],
  ])('removes %s of %j', (source, value, left) => {
    expect(removed(source, value).value).toEqual(left);
  });

  it.each(['.spec | length', '1', '"a"', '.', '..', '.spec.replicas + 1', '.spec.containers | map(.name)'])(
    'refuses to remove what is no place in the object: %s',
    (source) => {
      expect(() => removed(source)).toThrow(expect.objectContaining({ code: 'jq_failed' }) as Error);
    },
  );

  it.each([
    ['', /ends too early/],
    ['.a |', /ends too early \(column 5\)/],
    ['.a[', /ends too early/],
    ['.a)', /"\)" is not expected/],
    ['.a !', /no part of an expression \(column 4\)/],
    ['env', /env\/0 is not supported/],
    ['input', /input\/0 is not supported/],
    ['$__loc__ | now', /now\/0 is not supported/],
    ['def f: .; f', /def\/0 is not supported/],
    ['reduce .[] as $x (0; .)', /reduce\/0 is not supported/],
    ['range(1e9)', /range\/1 is not supported/],
    ['.a |= 1', /not expected/],
    ['.a * 2', /not expected/],
    ['"\\(.a)"', /not supported/],
    ['@base64', /not supported/],
    ['try .a catch .b', /catch/],
    ['select()', /./],
    [`${'('.repeat(200)}.${')'.repeat(200)}`, /nested too deeply/],
  ])('refuses %j and says why', (source, message) => {
    expect(() => compilePath(source)).toThrow(message);
    expect(() => compilePath(source)).toThrow(expect.objectContaining({ code: 'jq_invalid' }) as Error);
  });

  it('fails for an object, as jq does, where a value is of another type', () => {
    for (const source of ['.spec.replicas.x', '.spec.containers.name', '.spec.nothing[]', '$x'])
      expect(() => removed(source)).toThrow(expect.objectContaining({ code: 'jq_failed' }) as Error);
  });

  it('ends what takes too many steps, also inside a `?`', () => {
    const wide = Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => 1));
    const source = '.[] | .. | select(any(1, 2, 3; . == 4)) | (.[]?)?';
    expect(() => compilePath(source, 10_000).remove(wide)).toThrow(
      expect.objectContaining({ code: 'jq_too_long' }) as Error,
    );
    for (const bounded of ['recurse', '[..]?', 'try [..]'])
      expect(() => compilePath(bounded, 100).remove(wide)).toThrow(
        expect.objectContaining({ code: 'jq_too_long' }) as Error,
      );
    expect(() => removed('recurse(.)')).toThrow(expect.objectContaining({ code: 'jq_too_long' }) as Error);
  });

  it('ends a pattern that would run for ever', () => {
    const evil = `${'a'.repeat(60)}!`;
    expect(() => removed('select(test("^(a+)+$"))', evil)).toThrow(/takes too long/);
  });

  it('never changes its input, and leaves an object as it is when nothing is chosen', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        const value = any as JsonValue;
        const before = structuredClone(value);
        const wrapped = { a: value };
        expect(removed('.a | .. | select(false)', wrapped).value).toEqual(wrapped);
        const left = removed('.a?, (.a | .[]?, .x?)', wrapped).value;
        expect(left).toEqual({});
        expect(value).toEqual(before);
      }),
    );
  });
});
