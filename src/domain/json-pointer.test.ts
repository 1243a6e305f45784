import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPointer, parsePointer, pointerCovers, valueAt, withoutPointer } from './json-pointer.ts';

describe('formatPointer and parsePointer', () => {
  it('escape what the standard escapes', () => {
    expect(formatPointer(['a/b', 'm~n', 0])).toBe('/a~1b/m~0n/0');
    expect(parsePointer('/a~1b/m~0n/0')).toEqual(['a/b', 'm~n', '0']);
  });

  it('are each other’s inverse for any segments', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (segments) => {
        expect(parsePointer(formatPointer(segments))).toEqual(segments);
      }),
    );
  });
});

describe('valueAt', () => {
  it('finds members and items, and nothing that objects inherit', () => {
    expect(valueAt({ a: [{ b: 1 }] }, ['a', '0', 'b'])).toBe(1);
    expect(valueAt({ a: 1 }, ['constructor'])).toBeUndefined();
    expect(valueAt([1], ['length'])).toBeUndefined();
  });
});

describe('pointerCovers', () => {
  it.each([
    ['/tags', '/tags/owner', true],
    ['/tags', '/tags', true],
    ['/tags', '/tags_all', false],
    ['/tags/owner', '/tags', false],
    ['/ingress/*/description', '/ingress/3/description', true],
    ['', '/anything', true],
  ])('says of %s over %s: %s', (pattern, pointer, covers) => {
    expect(pointerCovers(parsePointer(pattern), parsePointer(pointer))).toBe(covers);
  });
});

describe('withoutPointer', () => {
  it('drops members and empties list items, so that positions stay', () => {
    const value = { tags: { a: 1, b: 2 }, list: [{ x: 1, y: 2 }, 5] };
    expect(withoutPointer(value, ['tags', 'a'])).toEqual({ tags: { b: 2 }, list: value.list });
    expect(withoutPointer(value, ['list', '*', 'x'])).toEqual({ tags: value.tags, list: [{ y: 2 }, 5] });
    expect(withoutPointer(value, ['list', '1'])).toEqual({ tags: value.tags, list: [{ x: 1, y: 2 }, null] });
  });

  it('leaves the original alone', () => {
    const value = { a: { b: 1 } };
    withoutPointer(value, ['a', 'b']);
    expect(value).toEqual({ a: { b: 1 } });
  });
});
