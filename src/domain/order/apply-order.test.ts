import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockedBy,
  blockedReason,
  nextReady,
  planOrder,
  type ApplyOrder,
  type OrderInput,
  type OrderProgress,
} from './apply-order.ts';

function stack(key: string, dependsOn: string[] = [], order = 0): OrderInput {
  return { key, dependsOn, order };
}

function progress(sets: Partial<Record<keyof OrderProgress, string[]>> = {}): OrderProgress {
  const { done = [], failed = [], waiting = [], running = [] } = sets;
  return {
    done: new Set(done),
    failed: new Set(failed),
    waiting: new Set(waiting),
    running: new Set(running),
  };
}

describe('nextReady', () => {
  const order = planOrder([stack('app', ['db', 'net']), stack('db', ['net']), stack('net'), stack('dns')]);

  it.each<[string, Parameters<typeof progress>[0], string[]]>([
    ['nothing', {}, ['dns', 'net']],
    ['the first running', { running: ['net'] }, ['dns']],
    ['one done', { done: ['net'] }, ['db', 'dns']],
    ['two done', { done: ['net', 'dns', 'db'] }, ['app']],
    ['one failed', { failed: ['net'] }, ['dns']],
    ['one that waits for people', { done: ['net', 'dns'], waiting: ['db'] }, []],
    ['all done', { done: ['net', 'dns', 'db', 'app'] }, []],
  ])('after %s', (_, sets, ready) => {
    expect(nextReady(order, progress(sets))).toEqual(ready);
  });

  it('finishes one environment before the next, whatever became of it', () => {
    const environments = planOrder([stack('envs/prod', [], 3), stack('x', [], 2), stack('envs/dev', [], 1)]);
    expect(nextReady(environments, progress())).toEqual(['envs/dev']);
    expect(nextReady(environments, progress({ running: ['envs/dev'] }))).toEqual([]);
    expect(nextReady(environments, progress({ waiting: ['envs/dev'] }))).toEqual(['x']);
    expect(nextReady(environments, progress({ failed: ['envs/dev'] }))).toEqual(['x']);
    expect(nextReady(environments, progress({ done: ['envs/dev', 'x'] }))).toEqual(['envs/prod']);
  });

  it('pulls what an earlier environment depends on before it', () => {
    const shared = planOrder([stack('prod/shared', [], 3), stack('dev/app', ['prod/shared'], 1)]);
    expect(nextReady(shared, progress())).toEqual(['prod/shared']);
    expect(nextReady(shared, progress({ done: ['prod/shared'] }))).toEqual(['dev/app']);
  });

  it('takes what is not in the task for done', () => {
    expect(nextReady(planOrder([stack('app', ['elsewhere'])]), progress())).toEqual(['app']);
  });
});

describe('blockedBy', () => {
  const order = planOrder([
    stack('a'),
    stack('b', ['a']),
    stack('c', ['b']),
    stack('d', ['c', 'e']),
    stack('e'),
    stack('f'),
  ]);

  it('names the causes through any number of stacks, and leaves others alone', () => {
    const failed = progress({ failed: ['a'], waiting: ['e'] });
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => blockedBy(order, key, failed))).toEqual([
      [],
      ['a'],
      ['a'],
      ['a', 'e'],
      [],
      [],
    ]);
    expect(blockedReason(order, 'd', failed)).toEqual({
      code: 'blocked_by',
      message: 'Blocked by a, which failed (d → c → b → a); e, which was not applied yet.',
    });
    expect(blockedReason(order, 'f', failed)).toBeUndefined();
  });

  it('stops the same stack of later environments when one failed, and not when it waits', () => {
    const environments = planOrder([
      stack('envs/prod/net', [], 3),
      stack('envs/stg/net', [], 2),
      stack('envs/dev/net', [], 1),
      stack('envs/prod/web', [], 3),
    ]);
    const blocked = (sets: Parameters<typeof progress>[0]): string[] =>
      environments.stacks
        .map(({ key }) => key)
        .filter((key) => blockedBy(environments, key, progress(sets)).length > 0);
    expect(blocked({ failed: ['envs/dev/net'] })).toEqual(['envs/stg/net', 'envs/prod/net']);
    expect(blocked({ waiting: ['envs/dev/net'] })).toEqual([]);
  });

  it('stops it, too, when one is held up, or needs one that is', () => {
    const environments = planOrder([
      { ...stack('envs/dev/db', [], 1), heldUp: true },
      stack('envs/dev/net', ['envs/dev/db'], 1),
      stack('envs/prod/db', [], 3),
      stack('envs/prod/net', [], 3),
      stack('envs/prod/web', [], 3),
    ]);
    const held = progress({ waiting: ['envs/dev/db'] });
    expect(environments.heldUp).toEqual(['envs/dev/db']);
    expect(environments.stacks.map(({ key }) => [key, blockedBy(environments, key, held)])).toEqual([
      ['envs/dev/db', []],
      ['envs/dev/net', ['envs/dev/db']],
      ['envs/prod/db', ['envs/dev/db']],
      ['envs/prod/net', ['envs/dev/db']],
      ['envs/prod/web', []],
    ]);
  });
});

describe('planOrder', () => {
  it.each<[string, OrderInput[], string[][]]>([
    ['none', [stack('a'), stack('b', ['a'])], []],
    ['itself', [stack('a', ['a'])], [['a']]],
    ['two', [stack('a', ['b']), stack('b', ['a']), stack('c', ['a'])], [['a', 'b']]],
    [
      'two circles, one behind the other',
      [stack('a', ['b', 'x']), stack('b', ['a']), stack('x', ['y']), stack('y', ['x'])],
      [
        ['a', 'b'],
        ['x', 'y'],
      ],
    ],
  ])('finds circles: %s', (_, stacks, cycles) => {
    expect(planOrder(stacks).cycles).toEqual(cycles);
  });

  it('says plainly who goes round in a circle, and starts neither these nor who needs them', () => {
    const order = planOrder([stack('a', ['b']), stack('b', ['a']), stack('c', ['b']), stack('d')]);
    expect(nextReady(order, progress())).toEqual(['d']);
    expect(blockedReason(order, 'a', progress())).toEqual({
      code: 'dependency_cycle',
      message: 'Its dependencies go round in a circle: a → b → a.',
    });
    expect(blockedReason(order, 'c', progress())?.message).toBe(
      'Blocked by b, whose dependencies go round in a circle (a → b → a).',
    );
  });

  it('is quick with thousands of stacks', () => {
    const chain = Array.from({ length: 5000 }, (_, n) => stack(`s${n}`, n === 0 ? [] : [`s${n - 1}`]));
    const order = planOrder(chain);
    expect(order.cycles).toEqual([]);
    expect(blockedBy(order, 's4999', progress({ failed: ['s0'] }))).toEqual(['s0']);
  });
});

const graph: fc.Arbitrary<OrderInput[]> = fc
  .array(fc.record({ dependsOn: fc.array(fc.nat(9), { maxLength: 3 }), order: fc.nat(2) }), { maxLength: 10 })
  .map((stacks) =>
    stacks.map(({ dependsOn, order }, n) =>
      stack(
        `${['dev', 'stg', 'prod'][order]}/${n}`,
        dependsOn.map((other) => `${['dev', 'stg', 'prod'][stacks[other]?.order ?? 0]}/${other}`),
        order,
      ),
    ),
  );

/** Applies all that gets its turn; every stack ends as `fate` says. */
function run(order: ApplyOrder, fate: (key: string) => string): Map<string, string> {
  const ended = new Map<string, string>();
  for (;;) {
    const keys = (wanted: string): string[] =>
      [...ended].flatMap(([key, end]) => (end === wanted ? [key] : []));
    const sets = { done: keys('done'), failed: keys('failed'), waiting: keys('waiting') };
    const [next] = nextReady(order, progress(sets));
    if (next === undefined) return ended;
    expect(ended.has(next)).toBe(false);
    for (const need of order.stacks.find(({ key }) => key === next)!.needs) {
      expect(ended.get(need)).toBe('done');
    }
    ended.set(next, fate(next));
  }
}

describe('an order, whatever the dependencies', () => {
  it('starts every stack once, after all that it needs, or says what blocks it', () => {
    const fates = fc.func(fc.constantFrom('done', 'done', 'failed', 'waiting'));
    fc.assert(
      fc.property(graph, fates, (stacks, fate) => {
        const order = planOrder(stacks);
        const ended = run(order, fate);
        const of = (wanted: string): string[] =>
          [...ended].flatMap(([key, end]) => (end === wanted ? [key] : []));
        const sets = progress({ done: of('done'), failed: of('failed'), waiting: of('waiting') });
        for (const { key } of stacks) {
          const causes = blockedBy(order, key, sets);
          expect(ended.has(key)).toBe(causes.length === 0);
          const circular = new Set(order.cycles.flat());
          expect(causes.every((cause) => circular.has(cause) || ended.get(cause) !== 'done')).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
