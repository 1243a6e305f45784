import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit/record.ts';
import { verifyAudit } from '../../src/store/audit-check.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { aNewTask, minute } from './store-builders.ts';
import { aDecision, aHold, anApproval, anApproved, anAttempt, anEntry } from './store-control-builders.ts';

const ID = 'my-infra:envs/prod:1';
const DONE = { status: 'applied', summary: 'all of it', error: null } as const;
const UNKNOWN = { status: 'unknown', summary: 'the worker is gone', error: null } as const;
const TASK = 'my-infra:1772352000000';

/** What each call does, and what it does again. */
const CALLS: readonly {
  what: string;
  before?: (store: Store) => Promise<unknown>;
  call: (store: Store, records: () => AuditEntry[]) => Promise<unknown>;
  /** What stands in the store when the call was undone. */
  effect: (store: Store) => Promise<unknown>;
}[] = [
  {
    what: 'an attempt that begins',
    before: (store) => anApproved(store),
    call: (store, records) =>
      store.attempts.begin(anAttempt({ approvalId: ID, rule: 'approval' }), {}, records),
    effect: async (store) => [
      await store.attempts.get('attempt-1'),
      await store.attempts.lease('my-infra', 'envs/prod'),
      (await store.approvals.get(ID))?.status,
    ],
  },
  {
    what: 'an attempt that ends',
    before: (store) => store.attempts.begin(anAttempt(), {}),
    call: (store, records) => store.attempts.end('attempt-1', DONE, minute(6), records),
    effect: (store) => store.attempts.get('attempt-1'),
  },
  {
    what: 'an attempt that is settled',
    before: async (store) => {
      await store.attempts.begin(anAttempt(), {});
      await store.attempts.end('attempt-1', UNKNOWN, minute(6));
    },
    call: (store, records) => store.attempts.settle('attempt-1', DONE, minute(7), records),
    effect: (store) => store.attempts.get('attempt-1'),
  },
  {
    what: 'a plan that is presented',
    call: (store, records) => store.approvals.present(anApproval(), minute(1), undefined, records),
    effect: (store) => store.approvals.get(ID),
  },
  {
    what: 'a decision',
    before: (store) => store.approvals.present(anApproval(), minute(1)),
    call: (store, records) => store.approvals.decide(aDecision(), () => ({ status: 'approved' }), records),
    effect: async (store) => [await store.approvals.get(ID), await store.approvals.decisions(ID)],
  },
  {
    what: 'a decision that is taken back',
    before: (store) => anApproved(store),
    call: (store, records) =>
      store.approvals.withdraw(
        ID,
        minute(3),
        { choose: (_, words) => words.map(({ id }) => id), statusOf: () => 'waiting' },
        records,
      ),
    effect: async (store) => [await store.approvals.get(ID), await store.approvals.decisions(ID)],
  },
  {
    what: 'an approval that ends',
    before: (store) => anApproved(store),
    call: (store, records) => store.approvals.end(ID, 'expired', minute(9), records),
    effect: (store) => store.approvals.get(ID),
  },
  {
    what: 'a hold',
    call: (store, records) => store.holds.place(aHold(), records),
    effect: (store) => store.holds.active(),
  },
  {
    what: 'a hold that is released',
    before: (store) => store.holds.place(aHold()),
    call: (store, records) => store.holds.release('hold-1', 'bob@example.com', minute(3), records),
    effect: (store) => store.holds.active(),
  },
  {
    what: 'a task that begins',
    call: (store, records) => store.tasks.begin(aNewTask({ id: TASK }), records),
    effect: (store) => store.tasks.get(TASK),
  },
  {
    what: 'a queued task that begins',
    before: (store) => store.tasks.queue(aNewTask({ id: TASK })),
    call: (store, records) => store.tasks.begin(aNewTask({ id: TASK }), records),
    effect: (store) => store.tasks.get(TASK),
  },
  {
    what: 'a task that ends',
    before: (store) => store.tasks.begin(aNewTask({ id: TASK })),
    call: (store, records) =>
      store.tasks.finish(TASK, { status: 'completed', error: null }, minute(9), records),
    effect: (store) => store.tasks.get(TASK),
  },
];

describe.each(storeBackends())('what is done and its record on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  const recorded = async () =>
    (await store.audit.list({ afterSeq: 0, limit: 10 })).map(({ reason }) => reason);

  it.each(CALLS)('$what: both are there, or neither', async ({ before, call, effect }) => {
    await before?.(store);
    const untouched = await effect(store);
    const broken = call(store, () => {
      throw new Error('the record can not be made');
    });
    await expect(broken).rejects.toThrow('the record can not be made');
    expect(await effect(store)).toEqual(untouched);
    await call(store, () => [anEntry({ reason: 'first' }), anEntry({ reason: 'second' })]);
    expect(await effect(store)).not.toEqual(untouched);
    expect(await recorded()).toEqual(['first', 'second']);
    expect(await verifyAudit(store, { verify: () => false, anchors: [] })).toMatchObject({ ok: true });
  });

  it.each(CALLS)('$what: the same again is not recorded again', async ({ before, call }) => {
    await before?.(store);
    await call(store, () => [anEntry({ reason: 'once' })]);
    await call(store, () => [anEntry({ reason: 'twice' })]).catch(() => undefined);
    expect(await recorded()).toEqual(['once']);
  });

  it('does not record that what was unknown still is', async () => {
    await store.attempts.begin(anAttempt(), {});
    await store.attempts.end('attempt-1', UNKNOWN, minute(6));
    const still = { status: 'unknown', summary: 'nobody knows' } as const;
    await store.attempts.settle('attempt-1', still, minute(7), () => [anEntry()]);
    expect(await recorded()).toEqual([]);
  });

  it('leaves the chain whole when many do things at once', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        index % 2 === 0
          ? store.audit.append(anEntry({ reason: `${index}` }))
          : store.attempts.begin(anAttempt({ id: `a-${index}`, stackKey: `s-${index}` }), {}, () => [
              anEntry({ reason: `${index}` }),
            ]),
      ),
    );
    const found = await verifyAudit(store, { verify: () => false, anchors: [] });
    expect(found).toMatchObject({ ok: true, checked: 12 });
  });
});
