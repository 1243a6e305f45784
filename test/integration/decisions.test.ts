import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/domain/person.ts';
import { anEnvironment } from '../support/environments.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { rolesOf } from '../support/gate-policy.ts';
import { publishedSettings } from '../support/workers.ts';

const DAY_MS = 24 * 3_600_000;
const ALICE = 'alice@example.com';
const REF = { repo: 'infra', key: 'envs/prod' };
let bench: GateBench;

beforeEach(async () => {
  bench = await openGateBench();
  const environments = [anEnvironment('production', { approvals: { required: 1 } })];
  await bench.publish(publishedSettings([bench.repo], { environments }));
  bench.history.push();
  const planned = await bench.plan(aGatePlan());
  await bench.decide(planned);
  await bench.present(planned);
  await bench.endTask(planned);
});
afterEach(() => bench.close());

const status = async () => (await bench.latest())?.status;
const publishRoles = async (role: Role) => {
  const environments = [anEnvironment('production', { approvals: { required: 1 } })];
  await bench.publish(publishedSettings([bench.repo], { environments, roles: rolesOf(ALICE, role) }));
};

describe('a decision that is taken back', () => {
  it('falls whichever of their names a person speaks under', async () => {
    expect(await bench.say('alice@example.com', 'approve', { aliases: ['alice'] })).toBeNull();
    expect(await status()).toBe('approved');
    bench.clock.ms += 1_000;
    expect(await bench.say('alice', 'withdraw', { aliases: ['alice@example.com'] })).toBeNull();
    expect(await status()).toBe('waiting');
    const [decision] = await bench.store.approvals.decisions((await bench.latest())!.id);
    expect(decision).toMatchObject({ by: 'alice@example.com', withdrawnAt: bench.deps.now().toISOString() });
    expect((await bench.store.audit.last())?.action).toBe('decision.withdrawn');
  });

  it('is not that of somebody else, and not taken back twice', async () => {
    await bench.say('alice@example.com');
    expect(await bench.say('bob@example.com', 'withdraw')).toBe('nothing_to_withdraw');
    expect(await bench.say('alice@example.com', 'withdraw')).toBeNull();
    expect(await bench.say('alice@example.com', 'withdraw')).toBe('nothing_to_withdraw');
    expect(await status()).toBe('waiting');
  });

  it('is refused, and that is on record, once the apply has begun or the approval has ended', async () => {
    const planned = await bench.plan(aGatePlan());
    await bench.present(planned);
    await bench.say('alice@example.com');
    await bench.decide(planned);
    expect(await bench.apply(planned)).toMatchObject({ refused: null });
    expect(await status()).toBe('used');
    expect(await bench.say('alice@example.com', 'withdraw')).toBe('not_waiting');
    expect(await bench.store.audit.last()).toMatchObject({ action: 'decision.refused', result: 'refused' });
    expect(await status()).toBe('used');
  });
});

describe('a decision that was signed and kept back', () => {
  const signedNow = async (by: string) =>
    bench.signer.decision(
      (await bench.latest())!,
      by,
      'approve',
      'looked at',
      bench.deps.now().toISOString(),
    );

  it('counts for an hour; then it is refused, on record, with what to do', async () => {
    const kept = await signedNow('alice@example.com');
    bench.clock.ms += 3_600_001;
    const { refused } = await bench.steps.recordDecision({ ...REF, verb: 'approve', message: kept });
    expect(refused).toMatchObject({ code: 'signed_too_long_ago' });
    expect(refused?.message).toContain('Sign anew');
    expect(await bench.store.audit.last()).toMatchObject({
      action: 'decision.refused',
      actor: 'alice@example.com',
      details: { code: 'signed_too_long_ago', decision: kept.id },
    });
    expect(await status()).toBe('waiting');
    expect(await bench.tell('approve', await signedNow('alice@example.com'))).toBeNull();
    expect(await status()).toBe('approved');
  });

  it.each(['approve', 'reject', 'withdraw'] as const)(
    'does not count once the config has taken the role: %s',
    async (verb) => {
      await publishRoles('approver');
      const at = bench.deps.now().toISOString();
      const kept = bench.signer.decision((await bench.latest())!, ALICE, verb, 'looked at', at);
      bench.clock.ms += 60_000;
      await publishRoles('operator');
      const { refused } = await bench.steps.recordDecision({ ...REF, verb, message: kept });
      expect(refused).toMatchObject({ code: 'not_entitled' });
      expect(refused?.message).toContain('that needs the role approver');
      expect(await bench.store.audit.last()).toMatchObject({
        action: 'decision.refused',
        actor: ALICE,
        details: { code: 'not_entitled', decision: kept.id },
      });
      expect(await status()).toBe('waiting');
      await publishRoles('approver');
      expect(await bench.tell('approve', await signedNow(ALICE))).toBeNull();
    },
  );

  it('counts of whom an identity provider has let in, whatever role their token has', async () => {
    await publishRoles('operator');
    expect(await bench.tell('approve', await signedNow(ALICE))).toBeNull();
    expect(await status()).toBe('approved');
  });

  it('is no other word when what was recorded is sent again, however late', async () => {
    const kept = await signedNow('alice@example.com');
    expect(await bench.tell('approve', kept)).toBeNull();
    bench.clock.ms += DAY_MS;
    expect(await bench.tell('approve', kept)).toBeNull();
    expect(await bench.store.approvals.decisions((await bench.latest())!.id)).toHaveLength(1);
  });
});

describe('the record of a decision', () => {
  const say = async (verb: 'approve' | 'reject' | 'withdraw', by: string) => {
    const approval = (await bench.latest())!;
    const at = bench.deps.now().toISOString();
    const signed = bench.signer.decision(approval, by, verb, `because of ${verb}`, at, ['al']);
    const message = { ...signed, via: 'cli', from: '10.0.0.7' };
    const { refused } = await bench.steps.recordDecision({ ...REF, verb, message });
    return { refused, message };
  };
  const about = async () => {
    const { id, taskId, commit, digest } = (await bench.latest())!;
    return { id, taskId, commit, digest };
  };

  it.each([
    ['approve', 'decision.approved'],
    ['reject', 'decision.rejected'],
  ] as const)(
    'to %s says who, what, when, why, from where, on which commit and digest',
    async (verb, action) => {
      const { id, ...facts } = await about();
      const { message } = await say(verb, 'alice@example.com');
      const record = await bench.store.audit.last();
      expect(record).toEqual({
        seq: record!.seq,
        previous: record!.previous,
        hash: record!.hash,
        actor: 'alice@example.com',
        action,
        at: bench.deps.now().toISOString(),
        repo: 'infra',
        stackKey: 'envs/prod',
        environment: 'production',
        ...facts,
        result: 'ok',
        reason: `because of ${verb}`,
        source: 'cli 10.0.0.7',
        details: { approval: id, decision: message.id, kind: verb, signed: true, aliases: ['al'] },
      });
    },
  );

  it('that is taken back, or refused, says the same, and which rule refused it', async () => {
    await say('approve', 'alice@example.com');
    const { taskId, commit, digest } = await about();
    const same = { taskId, commit, digest, actor: 'alice@example.com', source: 'cli 10.0.0.7' };
    const { refused } = await say('approve', 'alice@example.com');
    expect(refused?.code).toBe('already_decided');
    expect(await bench.store.audit.last()).toMatchObject({
      ...same,
      action: 'decision.refused',
      result: 'refused',
      reason: refused!.message,
      details: { code: 'already_decided', kind: 'approve' },
    });
    await say('withdraw', 'alice@example.com');
    expect(await bench.store.audit.last()).toMatchObject({
      ...same,
      action: 'decision.withdrawn',
      result: 'ok',
      reason: 'because of withdraw',
    });
  });
});

describe('a rejection', () => {
  it('blocks beyond the time to decide, until it is withdrawn', async () => {
    await bench.say('alice@example.com', 'reject');
    bench.clock.ms += 30 * DAY_MS;
    const facts = await bench.steps.loadApproval(REF);
    expect(facts).toMatchObject({ open: true, wake_in_ms: null });
    await bench.steps.approvalDue(REF);
    expect(await status()).toBe('rejected');
    const again = await bench.plan(aGatePlan());
    expect(await bench.decide(again)).toMatchObject({ kind: 'blocked', reasons: [{ code: 'rejected' }] });
    await bench.present(again);
    expect(await status()).toBe('rejected');
    expect(await bench.say('alice@example.com', 'withdraw')).toBeNull();
    // Only now the time counts again, and it is over.
    bench.clock.ms += 1_000;
    expect(await bench.say('alice@example.com')).toBe('expired');
    await bench.steps.approvalDue(REF);
    expect(await status()).toBe('expired');
  });
});

describe('an approval that waits', () => {
  const recorded = async () =>
    (await bench.store.audit.list({ afterSeq: 0, limit: 99 })).filter(({ action }) =>
      ['approval.reminded', 'approval.escalated'].includes(action),
    );

  beforeEach(async () => {
    const approvals = {
      required: 2,
      remindEveryMs: DAY_MS,
      escalateAfterMs: 1.5 * DAY_MS,
      escalateTo: ['@leads'],
    };
    const environments = [anEnvironment('production', { approvals })];
    await bench.publish(publishedSettings([bench.repo], { environments }));
    await bench.present(await bench.plan(aGatePlan()));
  });

  it('reminds and escalates when it is time to, each once, and that is on record', async () => {
    await bench.say('alice@example.com');
    const presented = Date.parse((await bench.latest())!.presentedAt);
    const seen: string[] = [];
    // As the workflow does: it sleeps until something is due.
    while (seen.length < 4) {
      const { wake_in_ms } = await bench.steps.loadApproval(REF);
      bench.clock.ms += wake_in_ms!;
      await bench.steps.approvalDue(REF);
      await bench.steps.approvalDue(REF);
      const days = (bench.deps.now().getTime() - presented) / DAY_MS;
      seen.push(...(await recorded()).slice(seen.length).map(({ action }) => `${action} after ${days} days`));
    }
    expect(seen).toEqual([
      'approval.reminded after 1 days',
      'approval.escalated after 1.5 days',
      'approval.reminded after 2 days',
      'approval.reminded after 3 days',
    ]);
    const approval = (await bench.latest())!;
    expect(approval.reminders).toMatchObject({ times: 3, escalatedTo: ['@leads'] });
    expect((await recorded())[1]).toMatchObject({
      actor: 'plumbline',
      repo: 'infra',
      stackKey: 'envs/prod',
      environment: 'production',
      taskId: approval.taskId,
      digest: approval.digest,
      reason: 'Asked @leads. Still missing: one more approval',
      details: { approval: approval.id, to: ['@leads'], missing: ['one more approval'] },
    });
  });

  it('leaves people alone once it is decided', async () => {
    await bench.say('alice@example.com');
    await bench.say('bob@example.com');
    expect(await status()).toBe('approved');
    bench.clock.ms += 2 * DAY_MS;
    await bench.steps.approvalDue(REF);
    expect(await recorded()).toEqual([]);
  });
});
