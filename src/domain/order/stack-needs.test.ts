import { describe, expect, it } from 'vitest';
import { allNeeds, nearestNeeds, type Relation, type StackStanding, whyUnsettled } from './stack-needs.ts';

const SETTLED: StackStanding = {
  status: 'in_sync',
  scanned: true,
  effective: false,
  approval: null,
  unasked: null,
  attempt: null,
};
const PENDING = { status: 'pending', effective: true } as const;

describe('whyUnsettled', () => {
  it.each<[string, Partial<StackStanding>, Relation, 'sync' | 'reconcile', RegExp]>([
    ['in sync', {}, 'needs', 'sync', /^settled$/],
    ['in sync, whatever people were asked', { approval: 'waiting' }, 'needs', 'sync', /^settled$/],
    ['changes that nobody applied', PENDING, 'needs', 'sync', /not applied/],
    [
      'drift that nobody repaired',
      { status: 'drifted', effective: true },
      'needs',
      'reconcile',
      /not applied/,
    ],
    ['drift that no apply removes', { status: 'drifted' }, 'needs', 'sync', /^settled$/],
    [
      'what is pending, before a repair',
      { ...PENDING, approval: 'waiting' },
      'needs',
      'reconcile',
      /^settled$/,
    ],
    ['people who are asked', { ...PENDING, approval: 'waiting' }, 'needs', 'sync', /waits for people/],
    ['an approval not used', { ...PENDING, approval: 'approved' }, 'promoted_from', 'sync', /approved/],
    ['a rejection', { ...PENDING, approval: 'rejected' }, 'promoted_from', 'sync', /rejected/],
    [
      'a plan that moves',
      { ...PENDING, unasked: 'unstable_plan' },
      'promoted_from',
      'sync',
      /moves by itself/,
    ],
    ['people not reached', { ...PENDING, unasked: 'not_presented' }, 'promoted_from', 'sync', /not be asked/],
    ['a plan that moved, once in sync', { unasked: 'unstable_plan' }, 'promoted_from', 'sync', /^settled$/],
    ['what an earlier environment has yet to roll out', PENDING, 'promoted_from', 'sync', /^settled$/],
    ['a plan that failed', { status: 'errored' }, 'promoted_from', 'sync', /last plan failed/],
    ['a failed apply', { status: 'unknown' }, 'needs', 'reconcile', /nobody knows/],
    ['a stack that was never planned', { status: 'unknown', scanned: false }, 'needs', 'sync', /^settled$/],
    ['an apply under way', { attempt: 'started' }, 'needs', 'sync', /being applied/],
    ['an apply that was lost', { attempt: 'unknown' }, 'promoted_from', 'reconcile', /how it ended/],
  ])('%s', (_, changes, relation, mode, why) => {
    const said = whyUnsettled({ ...SETTLED, ...changes }, relation, mode);
    expect(said ?? 'settled').toMatch(why);
  });
});

const graph = new Map([
  ['app', ['mid', 'gone']],
  ['mid', ['net']],
  ['net', ['base']],
  ['base', []],
  ['ring', ['gnir']],
  ['gnir', ['ring']],
]);

describe('nearestNeeds', () => {
  it('looks through what has nothing to do, and no further than the first that has', () => {
    expect(nearestNeeds(graph, 'app', new Set(['net', 'base']))).toEqual(['net']);
    expect(nearestNeeds(graph, 'app', new Set(['mid', 'net']))).toEqual(['mid']);
    expect(nearestNeeds(graph, 'app', new Set())).toEqual([]);
  });

  it('finds a stack that needs itself through others', () => {
    expect(nearestNeeds(graph, 'ring', new Set(['ring']))).toEqual(['ring']);
  });
});

describe('allNeeds', () => {
  it('knows all that comes before, but nothing that is not there', () => {
    expect([...allNeeds(graph, ['app'])].toSorted()).toEqual(['base', 'mid', 'net']);
    expect([...allNeeds(graph, ['ring'])].toSorted()).toEqual(['gnir', 'ring']);
  });
});
