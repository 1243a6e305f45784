import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Approval, Decision } from '../../src/domain/approvals/approval.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { minute } from './store-builders.ts';
import { aDecision, anApproval, anApproved, anAttempt } from './store-control-builders.ts';

const ID = 'my-infra:envs/prod:1';

/** Two people, no person twice: enough of a rule to see what the store hands to it. */
function twoPeople(decision: Decision) {
  return (_approval: Approval, decisions: readonly Decision[]) => {
    const standing = decisions.filter((known) => known.withdrawnAt === null);
    if (standing.some((known) => known.by === decision.by)) throw new PlumblineError('refused', 'twice');
    return { status: standing.length + 1 >= 2 ? ('approved' as const) : ('waiting' as const) };
  };
}

const allOf = (_: Approval, decisions: readonly Decision[]): string[] => decisions.map(({ id }) => id);

describe.each(storeBackends())('approvals on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  it('presents a plan once and gives back all that was said about it', async () => {
    const given = anApproval({ presentedAt: minute(0), reasons: ['ümlaut "quoted"\n'] });
    const { approval, dismissed } = await store.approvals.present(given, minute(1));
    expect(approval).toEqual({ ...given, presentedAt: minute(1) });
    expect(dismissed).toBeNull();
    expect(await store.approvals.get(ID)).toEqual(approval);
    expect(await store.approvals.latest('my-infra', 'envs/prod')).toEqual(approval);
    expect(await store.approvals.get('nothing')).toBeUndefined();
  });

  it('reminds once of calls that come at once, and keeps that when the plan is presented again', async () => {
    await store.approvals.present(anApproval(), minute(1));
    const first = { times: 1, lastAt: minute(2), escalatedAt: null, escalatedTo: ['ümlaut'] };
    const remind = () =>
      store.approvals.remind(ID, ({ reminders }) => (reminders ? undefined : { reminders: first }));
    const done = await Promise.all([remind(), remind(), remind()]);
    expect(done.filter((due) => due !== undefined)).toEqual([{ reminders: first }]);
    const again = anApproval({ id: 'my-infra:envs/prod:2', taskId: 'my-infra:2' });
    const { approval } = await store.approvals.present(again, minute(3));
    expect(approval).toMatchObject({ id: ID, taskId: 'my-infra:2', reminders: first });
    await expect(store.approvals.remind('nothing', () => undefined)).rejects.toMatchObject({
      code: 'approval_not_found',
    });
  });

  it('keeps decisions when the same plan is presented by a later job', async () => {
    await anApproved(store);
    const again = anApproval({ id: 'my-infra:envs/prod:2', taskId: 'my-infra:2', commit: 'later' });
    const { approval, dismissed } = await store.approvals.present(again, minute(9));
    expect(dismissed).toBeNull();
    expect(approval).toMatchObject({
      id: ID,
      status: 'approved',
      taskId: 'my-infra:2',
      jobId: 'my-infra:envs/prod:2',
      commit: 'c0ffee',
      presentedAt: minute(1),
      decidedAt: minute(2),
    });
    expect(await store.approvals.decisions(ID)).toHaveLength(1);
  });

  it('asks again when more is required for the same plan by now', async () => {
    await anApproved(store);
    const { requirement } = anApproval();
    const stricter = anApproval({
      id: 'x',
      requirement: { ...requirement, required: 3 },
      reasons: ['three'],
    });
    const asked = await store.approvals.present(stricter, minute(9));
    expect(asked.approval).toMatchObject({
      id: ID,
      status: 'waiting',
      decidedAt: null,
      requirement: { required: 3 },
      reasons: ['three'],
    });
    const laxer = anApproval({ id: 'y', requirement: { ...requirement, required: 1 } });
    const counted = await store.approvals.present(laxer, minute(10), (approval, decisions) =>
      decisions.length >= approval.requirement.required ? 'approved' : 'waiting',
    );
    expect(counted.approval).toMatchObject({ status: 'approved', decidedAt: minute(10) });
  });

  it('dismisses the same plan where the caller says that it is outdated, but never its own', async () => {
    const { digest } = await anApproved(store);
    const again = anApproval({ id: 'my-infra:envs/prod:2', digest, commit: 'later' });
    const outdated = () => true;
    const { approval, dismissed } = await store.approvals.present(
      again,
      minute(9),
      undefined,
      undefined,
      outdated,
    );
    expect(dismissed).toMatchObject({ id: ID, status: 'dismissed' });
    expect(approval).toMatchObject({
      id: again.id,
      status: 'waiting',
      replaces: { id: ID, digest, moved: [] },
    });
    expect(await store.approvals.decisions(again.id)).toEqual([]);
    const twice = await store.approvals.present(again, minute(9), undefined, undefined, outdated);
    expect(twice).toMatchObject({ approval: { id: again.id, status: 'waiting' }, dismissed: null });
  });

  it('dismisses what another plan takes the place of, decided or not', async () => {
    await anApproved(store);
    const other = anApproval({
      id: 'my-infra:envs/prod:2',
      digest: 'v1:sha256:bb',
      replaces: { id: 'wrong', digest: 'wrong', moved: ['aws_instance.web'] },
    });
    const { approval, dismissed } = await store.approvals.present(other, minute(9));
    expect(dismissed).toMatchObject({ id: ID, status: 'dismissed', decidedAt: minute(2) });
    expect(approval).toMatchObject({
      status: 'waiting',
      replaces: { id: ID, digest: 'v1:sha256:aa', moved: ['aws_instance.web'] },
    });
    expect(await store.approvals.decisions(approval.id)).toEqual([]);
    expect((await store.approvals.latest('my-infra', 'envs/prod'))?.id).toBe(approval.id);
    const late = aDecision({ id: 'late', approvalId: ID });
    const refused = store.approvals.decide(late, (known) => {
      throw new PlumblineError('refused', known.status);
    });
    await expect(refused).rejects.toMatchObject({ message: 'dismissed' });
  });

  it('asks anew about the same plan when the time to decide on it is over', async () => {
    await store.approvals.present(anApproval({ expiresAt: minute(5) }), minute(1));
    const early = await store.approvals.present(anApproval({ id: 'early' }), minute(4));
    expect(early).toMatchObject({ approval: { id: ID, status: 'waiting' }, expired: null });
    const late = anApproval({ id: 'late', expiresAt: minute(15) });
    expect(await store.approvals.present(late, minute(5))).toMatchObject({
      approval: { id: 'late', status: 'waiting', replaces: null },
      dismissed: null,
      expired: { id: ID, status: 'expired' },
    });
    const again = await store.approvals.present(late, minute(20));
    expect(again).toMatchObject({ approval: { id: 'late', status: 'waiting' }, expired: null });
  });

  it('does not bring back what has ended when the same call comes again', async () => {
    await anApproved(store);
    await store.attempts.begin(anAttempt({ approvalId: ID, rule: 'approval' }), {});
    const { approval } = await store.approvals.present(anApproval(), minute(9));
    expect(approval).toMatchObject({ status: 'used', attemptId: 'attempt-1' });
    const next = await store.approvals.present(anApproval({ id: 'my-infra:envs/prod:2' }), minute(10));
    expect(next.approval).toMatchObject({ id: 'my-infra:envs/prod:2', status: 'waiting', replaces: null });
  });

  it('leaves one live approval when many plans are presented at once', async () => {
    const presented = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        store.approvals.present(
          anApproval({ id: `job-${index}`, digest: `v1:sha256:${index}` }),
          minute(index),
        ),
      ),
    );
    expect(presented.filter(({ dismissed }) => dismissed)).toHaveLength(11);
    const all = await store.approvals.list({ limit: 100 });
    expect(all.map(({ status }) => status).sort()).toEqual([
      ...Array<string>(11).fill('dismissed'),
      'waiting',
    ]);
  });

  it('shows a decision what was decided before, one after the other', async () => {
    await store.approvals.present(anApproval(), minute(1));
    const people = Array.from({ length: 10 }, (_, index) => `person-${index % 5}@example.com`);
    const decided = await Promise.allSettled(
      people.map((by, index) => {
        const decision = aDecision({ id: `decision-${index}`, by });
        return store.approvals.decide(decision, twoPeople(decision));
      }),
    );
    expect(decided.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const decisions = await store.approvals.decisions(ID);
    expect(new Set(decisions.map(({ by }) => by)).size).toBe(5);
    expect(await store.approvals.get(ID)).toMatchObject({ status: 'approved' });
  });

  it('counts a decision that is sent twice once, and keeps nothing of one that is refused', async () => {
    await store.approvals.present(anApproval(), minute(1));
    const decision = aDecision({ kind: 'reject', reason: 'no' });
    const first = await store.approvals.decide(decision, () => ({ status: 'rejected' }));
    expect(first).toMatchObject({ approval: { status: 'rejected', decidedAt: minute(2) } });
    const again = await store.approvals.decide(decision, () => {
      throw new Error('not asked');
    });
    expect(again).toEqual(first);
    expect(again.decisions).toEqual([decision]);
    const refused = store.approvals.decide(aDecision({ id: 'other' }), twoPeople(decision));
    await expect(refused).rejects.toMatchObject({ code: 'refused' });
    expect(await store.approvals.decisions(ID)).toHaveLength(1);
    await expect(
      store.approvals.decide(aDecision({ id: 'z', approvalId: 'nothing' }), () => ({ status: 'approved' })),
    ).rejects.toMatchObject({ code: 'approval_not_found' });
  });

  it('takes back a decision, and keeps that it was there', async () => {
    await anApproved(store);
    const seen: (string | null)[] = [];
    const statusOf = (_: Approval, decisions: readonly Decision[]) => {
      seen.push(...decisions.map(({ withdrawnAt }) => withdrawnAt));
      return 'waiting' as const;
    };
    const approval = await store.approvals.withdraw(ID, minute(3), { choose: allOf, statusOf });
    expect(approval).toMatchObject({ status: 'waiting', decidedAt: null });
    expect(seen).toEqual([minute(3)]);
    expect(await store.approvals.decisions(ID)).toMatchObject([
      { by: 'alice@example.com', withdrawnAt: minute(3) },
    ]);
    const none = { choose: () => [], statusOf: () => 'expired' as const };
    expect(await store.approvals.withdraw(ID, minute(4), none)).toEqual(approval);
  });

  it('takes back nothing when whoever asks is refused by what the store holds at that moment', async () => {
    await anApproved(store);
    const refuse = (_: Approval, decisions: readonly Decision[]): string[] => {
      throw new Error(`${decisions.length} said`);
    };
    const refused = store.approvals.withdraw(ID, minute(3), { choose: refuse, statusOf: () => 'waiting' });
    await expect(refused).rejects.toThrow('1 said');
    expect(await store.approvals.get(ID)).toMatchObject({ status: 'approved' });
    expect(await store.approvals.decisions(ID)).toMatchObject([{ withdrawnAt: null }]);
  });

  it('ends once, and lets nothing be taken back afterwards', async () => {
    await anApproved(store);
    expect(await store.approvals.end(ID, 'expired', minute(20))).toMatchObject({ status: 'expired' });
    expect(await store.approvals.end(ID, 'withdrawn', minute(30))).toMatchObject({ status: 'expired' });
    const late = store.approvals.withdraw(ID, minute(31), { choose: allOf, statusOf: () => 'waiting' });
    await expect(late).rejects.toMatchObject({ code: 'approval_ended' });
    await expect(
      store.attempts.begin(anAttempt({ approvalId: ID, rule: 'approval' }), {}),
    ).rejects.toMatchObject({ code: 'approval_not_approved' });
  });

  it('lists the newest first, by repo, environment and status', async () => {
    for (const [index, stackKey] of ['a', 'b', 'c'].entries())
      await store.approvals.present(
        anApproval({ stackKey, environment: stackKey === 'c' ? null : 'staging' }),
        minute(index),
      );
    await store.approvals.end('my-infra:a:1', 'withdrawn', minute(9));
    const keys = async (query: object) =>
      (await store.approvals.list({ limit: 10, ...query })).map(({ stackKey }) => stackKey);
    expect(await keys({})).toEqual(['c', 'b', 'a']);
    expect(await keys({ limit: 1 })).toEqual(['c']);
    expect(await keys({ environment: 'staging' })).toEqual(['b', 'a']);
    expect(await keys({ statuses: ['waiting'] })).toEqual(['c', 'b']);
    expect(await keys({ repo: 'other' })).toEqual([]);
    expect(await keys({ statuses: [] })).toEqual([]);
  });
});
