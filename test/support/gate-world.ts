import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { EnvironmentPolicy } from '../../src/domain/eligibility/policy.ts';
import { aHold } from './an-eligibility.ts';
import { anEnvironment } from './environments.ts';
import { aGatePlan, type GateBench, type Planned } from './gate-bench.ts';
import { publishedSettings } from './workers.ts';

const PEOPLE = ['alice@example.com', 'bob@example.com', 'carol@example.com', 'dave@example.com'] as const;
const DIGESTS = ['v1:sha256:one', 'v1:sha256:two'] as const;
const HOUR_MS = 3_600_000;

/** What may happen, in any order. */
export type Step =
  | { do: 'push'; by: string; file: string }
  | { do: 'sync'; by: string; digest: string; safe: boolean; emergency: 'none' | 'signed' | 'forged' }
  | { do: 'say'; by: string; verb: 'approve' | 'reject' | 'withdraw'; about: 'now' | 'before' }
  | { do: 'policy'; required: number; safe: boolean; frozen: boolean }
  | { do: 'pause'; on: boolean }
  | { do: 'wait'; hours: number }
  | { do: 'apply'; twice: boolean; meanwhile: 'nothing' | 'pause' | 'stricter' | 'withdraw' | 'late' };

const person = fc.constantFrom(...PEOPLE);
/** Any step. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      by: person,
      file: fc.constantFrom('main.tf', 'README.md'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('sync' as const),
      by: fc.constantFrom(...PEOPLE, ''),
      digest: fc.constantFrom(...DIGESTS),
      safe: fc.boolean(),
      emergency: fc.constantFrom('none', 'none', 'none', 'signed', 'forged'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      by: person,
      verb: fc.constantFrom('approve', 'approve', 'approve', 'reject', 'withdraw'),
      about: fc.constantFrom('now', 'now', 'now', 'before'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('policy' as const),
      required: fc.nat(3),
      safe: fc.boolean(),
      frozen: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 24, 24 * 8) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('apply' as const),
      twice: fc.boolean(),
      meanwhile: fc.constantFrom('nothing', 'nothing', 'pause', 'stricter', 'withdraw', 'late'),
    }),
  },
);

const sync = (more: Partial<Step & { do: 'sync' }> = {}): Step => ({
  do: 'sync',
  by: 'carol@example.com',
  digest: DIGESTS[0],
  safe: false,
  emergency: 'none',
  ...more,
});
const apply: Step = { do: 'apply', twice: true, meanwhile: 'nothing' };

/** Every way through the gate once, so that it is known to be open at all. */
export const EACH_WAY: Step[] = [
  sync(),
  { do: 'say', by: 'bob@example.com', verb: 'approve', about: 'now' },
  sync({ by: 'dave@example.com' }),
  apply,
  // Too late.
  { do: 'say', by: 'bob@example.com', verb: 'withdraw', about: 'now' },
  { do: 'push', by: 'alice@example.com', file: 'README.md' },
  { do: 'policy', required: 1, safe: true, frozen: false },
  sync({ safe: true }),
  apply,
  { do: 'policy', required: 0, safe: false, frozen: false },
  sync(),
  apply,
  { do: 'policy', required: 2, safe: false, frozen: true },
  sync({ emergency: 'signed' }),
  apply,
];

interface Word {
  by: string;
  verb: 'approve' | 'reject';
  approval: string;
  digest: string;
}

/** The world, and beside it what is known of it without asking the code under test. */
export class World {
  policies: EnvironmentPolicy[] = [];
  pinned = 0;
  words: Word[] = [];
  starters = new Map<string, Set<string>>();
  expires = new Map<string, number>();
  used = new Set<string>();
  digests = new Set<string>();
  paused = false;
  syncedAt = -1;
  emergency: (Step & { do: 'sync' }) | undefined;
  planned: Planned | undefined;
  applied = { approval: 0, policy: 0, auto_approve_safe: 0, break_glass: 0 };

  readonly bench: GateBench;
  constructor(bench: GateBench) {
    this.bench = bench;
  }

  async begin(): Promise<void> {
    await this.policy({ required: 1, safe: false, frozen: false });
    this.bench.history.push({ by: PEOPLE[0] });
  }

  async policy({
    required,
    safe,
    frozen,
  }: {
    required: number;
    safe: boolean;
    frozen: boolean;
  }): Promise<void> {
    const environment = anEnvironment('production', {
      approvals: { required },
      autoApproveSafe: safe ? { patterns: [String.raw`\.md$`], maxSeverity: 'low' } : null,
      freeze: frozen ? { reason: 'a freeze', until: null } : null,
    });
    this.policies.push(environment.policy);
    await this.bench.publish(publishedSettings([this.bench.repo], { environments: [environment] }));
  }

  async pause(on: boolean): Promise<void> {
    this.paused = on;
    const at = this.bench.deps.now().toISOString();
    if (on)
      return this.bench.store.holds.place(
        aHold({ id: `hold-${at}`, repo: 'infra', scope: 'repo', name: '' }),
      );
    for (const { id } of await this.bench.store.holds.active())
      await this.bench.store.holds.release(id, 'x', at);
  }

  async sync(asked: Step & { do: 'sync' }): Promise<void> {
    const { bench } = this;
    if (this.planned) await bench.endTask(this.planned);
    const taskId = bench.nextTaskId();
    const task = { repo: 'infra', taskId };
    const signed = bench.signer.emergency(
      asked.emergency === 'forged' ? { ...task, taskId: 'x:1' } : task,
      'root@example.com',
      { at: bench.deps.now().toISOString() },
    );
    this.emergency = asked.emergency === 'signed' ? asked : undefined;
    this.planned = await bench.plan(aGatePlan({ digest: asked.digest }), {
      actor: asked.by,
      ...(asked.safe ? { auto_approve_safe: true } : {}),
      ...(asked.emergency === 'none' ? {} : { emergency: signed }),
    });
    assert.equal(this.planned.task.id, taskId);
    this.pinned = this.policies.length - 1;
    const verdict = await bench.decide(this.planned);
    if (verdict.kind !== 'wait') return;
    const { id, expiresAt } = await bench.present(this.planned);
    this.starters.set(id, (this.starters.get(id) ?? new Set()).add(asked.by));
    if (!this.expires.has(id)) this.expires.set(id, Date.parse(expiresAt ?? '9999-01-01'));
  }

  async say({ by, verb, about }: Step & { do: 'say' }): Promise<void> {
    const approvals = await this.bench.store.approvals.list({ limit: 9 });
    const approval = approvals[about === 'now' ? 0 : 1];
    if (!approval) return;
    if ((await this.bench.say(by, verb, { about: approval })) !== null) return;
    if (verb !== 'withdraw') this.words.push({ by, verb, approval: approval.id, digest: approval.digest });
    else this.words = this.words.filter((word) => word.by !== by || word.approval !== approval.id);
  }

  async apply({ twice, meanwhile }: Step & { do: 'apply' }): Promise<void> {
    const { bench, planned } = this;
    if (!planned) return;
    const happens = {
      nothing: async () => undefined,
      pause: () => this.pause(true),
      stricter: () => this.policy({ required: 3, safe: false, frozen: false }),
      withdraw: () => this.say({ do: 'say', by: PEOPLE[1], verb: 'withdraw', about: 'now' }),
      late: async () => void (bench.clock.ms += 8 * 24 * HOUR_MS),
    }[meanwhile];
    const { attempt } = await bench.apply(planned, { meanwhile: happens });
    if (attempt) {
      this.check(planned, attempt);
      await bench.synced(planned);
      this.syncedAt = bench.history.commits.findIndex(({ commit }) => commit === planned.commit);
    }
    if (twice) assert.equal((await bench.apply(planned)).attempt, null);
  }

  /** Why an attempt that has begun might not have. */
  check(
    planned: Planned,
    { digest, rule, approvalId }: { digest: string; rule: keyof World['applied']; approvalId: string | null },
  ): void {
    this.applied[rule] += 1;
    assert.equal(digest, planned.digest);
    assert.equal(this.paused, false);
    const policies = [this.policies[this.pinned]!, this.policies.at(-1)!];
    if (rule === 'break_glass') return assert.ok(this.emergency);
    for (const policy of policies) assert.equal(policy.freeze, null);
    if (rule === 'policy') return policies.forEach(({ approvals }) => assert.equal(approvals.required, 0));
    const { commits } = this.bench.history;
    const until = commits.findIndex(({ commit }) => commit === planned.commit);
    const range = commits.slice(this.syncedAt + 1, until + 1);
    if (rule === 'auto_approve_safe') {
      assert.ok(this.syncedAt >= 0);
      assert.ok(range.length > 0);
      assert.ok(range.flatMap(({ files }) => files).every((file) => file.endsWith('.md')));
      return policies.forEach(({ autoApproveSafe }) => assert.notEqual(autoApproveSafe, null));
    }
    this.checkApproval(approvalId!, planned, { authors: range.map(({ by }) => by), policies });
  }

  checkApproval(
    id: string,
    { digest, task }: Planned,
    given: { authors: string[]; policies: EnvironmentPolicy[] },
  ): void {
    assert.ok(!this.used.has(id));
    this.used.add(id);
    assert.ok(this.bench.clock.ms < this.expires.get(id)!);
    const said = this.words.filter((word) => word.approval === id);
    assert.ok(said.every(({ verb }) => verb === 'approve'));
    assert.ok(said.every((word) => word.digest === digest));
    const starters = new Set([...this.starters.get(id)!, task.actor]);
    const entitled = new Set(
      said.map(({ by }) => by).filter((by) => !given.authors.includes(by) && !starters.has(by)),
    );
    const required = Math.max(1, ...given.policies.map(({ approvals }) => approvals.required));
    assert.ok(entitled.size >= required + (starters.has('') ? 1 : 0));
  }

  async take(next: Step): Promise<void> {
    this.bench.clock.ms += 1_000;
    if (next.do === 'push') this.bench.history.push({ by: next.by, files: [`envs/prod/${next.file}`] });
    if (next.do === 'sync') await this.sync(next);
    if (next.do === 'say') await this.say(next);
    if (next.do === 'policy') await this.policy(next);
    if (next.do === 'pause') await this.pause(next.on);
    if (next.do === 'wait') this.bench.clock.ms += next.hours * HOUR_MS;
    if (next.do === 'apply') await this.apply(next);
  }
}
