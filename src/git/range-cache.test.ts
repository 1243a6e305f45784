import { describe, expect, it } from 'vitest';
import type { CommitRangeFacts } from './commits/range-facts.ts';
import { createRangeCache } from './range-cache.ts';

const facts = (file: string): CommitRangeFacts => ({
  files: [file],
  log: [],
  merges: [],
  newest: undefined,
  mailmap: () => undefined,
  note: null,
});

describe('createRangeCache', () => {
  it('forgets the range that nobody asked for the longest', () => {
    const cache = createRangeCache(2);
    const [one, two, three] = [facts('1'), facts('2'), facts('3')];
    cache.put('one', one);
    cache.put('two', two);
    expect(cache.get('one')).toBe(one);
    cache.put('three', three);
    expect([cache.get('one'), cache.get('two'), cache.get('three')]).toEqual([one, undefined, three]);
  });
});
