import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RepoRequest } from '../workflows/inputs.ts';
import { mergeRequests, takeNext } from './request-queue.ts';

function push(commit: string, changes: Partial<RepoRequest> = {}): RepoRequest {
  return { kind: 'sync', trigger: 'push', commit, ...changes };
}

function scan(stacks: string[]): RepoRequest {
  return { kind: 'scan', trigger: 'watch', actor: 'plumbline', stacks };
}

function sync(changes: Partial<RepoRequest> = {}): RepoRequest {
  return { kind: 'sync', trigger: 'cli', actor: 'alice@example.com', ...changes };
}

function approved(changes: Partial<RepoRequest> = {}): RepoRequest {
  const about = { commit: 'c1', stacks: ['a'], actor: 'alice@example.com', first_trigger: 'push' };
  return { kind: 'sync', trigger: 'approval', ...about, ...changes };
}

function retry(changes: Partial<RepoRequest> = {}): RepoRequest {
  return { kind: 'sync', trigger: 'retry', commit: 'c1', ...changes };
}

function queueOf(...requests: RepoRequest[]): RepoRequest[] {
  return requests.reduce<RepoRequest[]>((queue, next) => mergeRequests(queue, next), []);
}

const EMERGENCY = { by: 'alice@example.com', reason: 'outage', at: '2026-03-04T12:00:00Z', signature: 's' };

/** Without the traces of what was merged. */
function plain(queue: RepoRequest[]): RepoRequest[] {
  return queue.map(({ joined, ...request }) => (joined === undefined ? request : { ...request }));
}

describe('mergeRequests', () => {
  it.each<[string, RepoRequest[], RepoRequest[]]>([
    [
      'scans that a watch wants: of all their stacks, apart from what changes something',
      [scan(['a']), sync(), scan(['b', 'a'])],
      [scan(['a', 'b']), sync()],
    ],
    ['two pushes: the newer commit', [push('c1'), push('c2')], [push('c2')]],
    [
      'pushes of some stacks: all of them',
      [push('c1', { stacks: ['a', 'b'] }), push('c2', { stacks: ['b', 'c'] })],
      [push('c2', { stacks: ['a', 'b', 'c'] })],
    ],
    ['one of all stacks: all', [push('c1', { stacks: ['a'] }), push('c2')], [push('c2')]],
    [
      'two environments: both',
      [push('c1', { environment: 'dev' }), push('c1', { environment: 'prod' })],
      [push('c1', { environment: 'dev' }), push('c1', { environment: 'prod' })],
    ],
    [
      'the same environments, in whatever order: one',
      [sync({ environments: ['dev', 'prod'] }), sync({ environments: ['prod', 'dev'] })],
      [sync({ environments: ['dev', 'prod'] })],
    ],
    [
      'several environments beside one of them, and beside all',
      [sync({ environments: ['dev', 'prod'] }), sync({ environment: 'dev' }), sync()],
      [sync({ environments: ['dev', 'prod'] }), sync({ environment: 'dev' }), sync()],
    ],
    [
      'a person’s commits: each',
      [sync({ commit: 'c1' }), sync({ commit: 'c2' })],
      [sync({ commit: 'c1' }), sync({ commit: 'c2' })],
    ],
    ['a person, twice', [sync({ stacks: ['a'] }), sync({ stacks: ['b'] })], [sync({ stacks: ['a', 'b'] })]],
    [
      'two people: each, so that either may approve what the other began',
      [sync(), sync({ actor: 'bob@example.com' })],
      [sync(), sync({ actor: 'bob@example.com' })],
    ],
    [
      'what two people’s approvals have led to: each, so that neither stands for the other',
      [
        { kind: 'sync', trigger: 'approval', commit: 'c1', stacks: ['a'], actor: 'alice@example.com' },
        { kind: 'sync', trigger: 'approval', commit: 'c1', stacks: ['b'], actor: 'bob@example.com' },
      ],
      [
        { kind: 'sync', trigger: 'approval', commit: 'c1', stacks: ['a'], actor: 'alice@example.com' },
        { kind: 'sync', trigger: 'approval', commit: 'c1', stacks: ['b'], actor: 'bob@example.com' },
      ],
    ],
    [
      'two approvals of what one person began: both, as far as people have agreed',
      [approved({ stacks: ['a', 'c'], agreed: ['a'] }), approved({ stacks: ['b'], agreed: ['b'] })],
      [approved({ stacks: ['a', 'c', 'b'], agreed: ['a', 'b'] })],
    ],
    [
      'approvals of what a person and what automation began: each',
      [approved({ agreed: ['a'] }), approved({ agreed: ['b'], first_trigger: 'cli' })],
      [approved({ agreed: ['a'] }), approved({ agreed: ['b'], first_trigger: 'cli' })],
    ],
    [
      'retries of what a person and what automation began: each',
      [retry({ stacks: ['a'], first_trigger: 'cli' }), retry({ stacks: ['b'], first_trigger: 'push' })],
      [retry({ stacks: ['a'], first_trigger: 'cli' }), retry({ stacks: ['b'], first_trigger: 'push' })],
    ],
    [
      'a push after the retry of what a person began: a push, which nobody has asked for',
      [retry({ stacks: ['a'], first_trigger: 'cli', agreed: ['a'] }), push('c2')],
      [push('c2')],
    ],
    [
      'two people’s retries: each',
      [
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a'], actor: 'alice@example.com' },
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['b'] },
      ],
      [
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a'], actor: 'alice@example.com' },
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['b'] },
      ],
    ],
    ['a dry run beside a sync', [sync(), sync({ dry_run: true })], [sync(), sync({ dry_run: true })]],
    ['a person beside a push', [sync(), push('c1')], [sync(), push('c1')]],
    [
      'sync beside reconcile',
      [push('c1'), { kind: 'reconcile', trigger: 'schedule' }],
      [push('c1'), { kind: 'reconcile', trigger: 'schedule' }],
    ],
    [
      'a push after the retry of an older commit',
      [{ kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a'], retry: 2 }, push('c2')],
      [push('c2')],
    ],
    [
      'a push of other stacks after a retry: what was retried is not forgotten',
      [
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a'], retry: 2 },
        push('c2', { stacks: ['b'] }),
      ],
      [push('c2', { stacks: ['a', 'b'] })],
    ],
    [
      'a push of one environment after a retry of another',
      [
        { kind: 'sync', trigger: 'retry', commit: 'c1', environment: 'dev', retry: 2 },
        push('c2', { environment: 'prod' }),
      ],
      [push('c2', { environment: 'dev' }), push('c2', { environment: 'prod' })],
    ],
    [
      'a retry of an older commit after a push',
      [
        push('c2', { stacks: ['b'] }),
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a'], retry: 1 },
      ],
      [push('c2', { stacks: ['b', 'a'] })],
    ],
    [
      'two retries of one commit: the greater number',
      [
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a'], retry: 1 },
        { kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['b'], retry: 2 },
      ],
      [{ kind: 'sync', trigger: 'retry', commit: 'c1', stacks: ['a', 'b'], retry: 2 }],
    ],
    [
      'nothing across a rollback',
      [push('c1'), { kind: 'rollback', to_commit: 'c0' }, push('c2')],
      [push('c1'), { kind: 'rollback', to_commit: 'c0' }, push('c2')],
    ],
    [
      'emergencies: each',
      [sync({ emergency: EMERGENCY }), sync({ emergency: EMERGENCY }), sync()],
      [sync({ emergency: EMERGENCY }), sync({ emergency: EMERGENCY }), sync()],
    ],
    [
      'the same rollback sent twice',
      [
        { kind: 'rollback', to_commit: 'c0', task_id: 'r:1' },
        { task_id: 'r:1', kind: 'rollback', to_commit: 'c0' },
      ],
      [{ kind: 'rollback', to_commit: 'c0', task_id: 'r:1' }],
    ],
    [
      'the newest beside a commit of the branch: the newest',
      [push('c1'), { kind: 'sync', trigger: 'schedule' }],
      [{ kind: 'sync', trigger: 'push' }],
    ],
  ])('makes of %s', (_, requests, queue) => {
    expect(plain(queueOf(...requests))).toEqual(queue);
  });

  it('remembers the tasks and people whose requests were taken in', () => {
    const [merged] = queueOf(
      push('c1', { task_id: 'r:1' }),
      push('c2', { task_id: 'r:2', actor: 'bob@example.com' }),
      push('c3', { task_id: 'r:3' }),
    );
    expect(merged).toMatchObject({ task_id: 'r:1', commit: 'c3' });
    expect(merged?.joined).toEqual([
      { task_id: 'r:2', trigger: 'push', actor: 'bob@example.com' },
      { task_id: 'r:3', trigger: 'push' },
    ]);
  });
});

describe('takeNext', () => {
  it('takes an emergency first, else what came first', () => {
    const queue = [sync(), push('c1'), sync({ emergency: EMERGENCY })];
    expect(takeNext(queue)).toEqual({ next: queue[2], rest: [queue[0], queue[1]] });
    expect(takeNext(queue.slice(0, 2))).toEqual({ next: queue[0], rest: [queue[1]] });
    expect(takeNext([])).toBeUndefined();
  });
});

const STACKS = ['a', 'b', 'c'];

const request: fc.Arbitrary<RepoRequest> = fc
  .record(
    {
      kind: fc.constantFrom('sync', 'sync', 'sync', 'reconcile', 'rollback'),
      trigger: fc.constantFrom('push', 'retry', 'cli', 'schedule', 'approval'),
      stacks: fc.subarray(STACKS, { minLength: 1 }),
      environment: fc.constantFrom('dev', 'prod'),
      commit: fc.constantFrom('c1', 'c2'),
      actor: fc.constantFrom('alice@example.com', 'bob@example.com'),
      task_id: fc.constantFrom('r:1', 'r:2', 'r:3', 'r:4'),
      retry: fc.nat(3),
      dry_run: fc.boolean(),
      emergency: fc.constant(EMERGENCY),
    },
    { requiredKeys: ['kind', 'trigger'] },
  )
  .map(({ emergency, ...rest }) =>
    emergency !== undefined && rest.stacks?.length === 3 ? { ...rest, emergency } : rest,
  );

/** What a request wants done, stack by stack. */
function wants({ kind, environment, stacks, dry_run }: RepoRequest): string[] {
  return (stacks ?? ['*']).map((key) => [kind, environment ?? '*', key, dry_run ?? false].join(' '));
}

describe('a queue, whatever is asked', () => {
  it('covers every stack that was asked for, and keeps emergencies and rollbacks', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 12 }), (requests) => {
        const queue = queueOf(...requests);
        const covered = new Set(queue.flatMap(wants));
        for (const wanted of requests.flatMap(wants)) {
          const [kind, environment, , dry] = wanted.split(' ');
          const all = [kind, environment, '*', dry].join(' ');
          expect(covered.has(wanted) || covered.has(all)).toBe(true);
        }
        const alone = (list: RepoRequest[]): Set<string> =>
          new Set(
            list
              .filter(({ kind, emergency }) => kind === 'rollback' || emergency !== undefined)
              .map((each) => JSON.stringify(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))),
          );
        expect(alone(queue)).toEqual(alone(requests));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps every task’s ID, invents none, and grows by one at most', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 12 }), request, (requests, next) => {
        const queue = queueOf(...requests);
        const before = JSON.stringify(queue);
        const after = mergeRequests(queue, next);
        expect(JSON.stringify(queue)).toBe(before);
        expect(after.length).toBeLessThanOrEqual(queue.length + 1);
        const ids = (list: RepoRequest[]): Set<string> =>
          new Set(
            list
              .flatMap(({ task_id, joined }) => [{ task_id }, ...(joined ?? [])])
              .flatMap((each) => each.task_id ?? []),
          );
        expect(ids(after)).toEqual(ids([...requests, next]));
      }),
      { numRuns: 1000 },
    );
  });

  it('is emptied by taking, one at a time', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 8 }), (requests) => {
        let queue = queueOf(...requests);
        const taken: RepoRequest[] = [];
        for (let turn = takeNext(queue); turn !== undefined; turn = takeNext(queue)) {
          taken.push(turn.next);
          queue = turn.rest;
        }
        expect(taken).toHaveLength(queueOf(...requests).length);
      }),
    );
  });
});
