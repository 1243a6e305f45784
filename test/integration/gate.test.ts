import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passGate } from '../../src/activities/apply-gate.ts';
import { createPinnedConfigs } from '../../src/activities/pinned-config.ts';
import type { EnvironmentPolicy } from '../../src/domain/eligibility/policy.ts';
import type { ApplyStackInput } from '../../src/workflows/inputs.ts';
import { aHold } from '../support/an-eligibility.ts';
import { aGatePlan, type GateBench, openGateBench, type Planned } from '../support/gate-bench.ts';
import { approvedPlan, publishPolicy, rolesOf } from '../support/gate-policy.ts';

type Policy = Parameters<typeof publishPolicy>[1];

let bench: GateBench;
const publish = (policy?: Policy, more?: Parameters<typeof publishPolicy>[2]) =>
  publishPolicy(bench, policy, more);

beforeEach(async () => {
  bench = await openGateBench();
  await publish();
  bench.history.push();
});
afterEach(() => bench.close());

const approved = () => approvedPlan(bench);

const refusedOf = async (answer: Promise<{ refused: string | null }>) => (await answer).refused;
const hold = (kind: 'pause' | 'pin') =>
  bench.store.holds.place(
    aHold({
      id: `hold-${kind}`,
      kind,
      repo: 'infra',
      scope: 'stack',
      name: 'envs/prod',
      commit: kind === 'pin' ? 'f'.repeat(40) : null,
    }),
  );
const HOUR_MS = 3_600_000;

describe('the gate', () => {
  it('lets an approved plan begin once, and uses the approval up', async () => {
    const planned = await approved();
    const { attempt } = await bench.apply(planned);
    expect(attempt).toMatchObject({ rule: 'approval', approvalId: (await bench.latest())!.id });
    expect((await bench.latest())?.status).toBe('used');
    expect(await refusedOf(bench.apply(planned))).toBe('attempt_exists');
  });

  it.each<[string, Partial<ApplyStackInput>]>([
    ['wrong_job', { task_id: 'infra:1' }],
    ['wrong_job', { repo: 'other' }],
    ['wrong_job', { key: 'envs/dev' }],
    ['wrong_job', { commit: 'f'.repeat(40) }],
    ['stale_digest', { digest: 'v1:sha256:other' }],
  ])('refuses as %s what is not the job: %j', async (code, change) => {
    const planned = await approved();
    const input = { ...bench.inputOf(planned), ...change };
    expect(await refusedOf(bench.apply(planned, { input }))).toBe(code);
  });

  it('says of a refusal for several reasons which they are, so that what names other stacks is known', async () => {
    const planned = await approved();
    await hold('pause');
    await hold('pin');
    const code = await refusedOf(bench.apply(planned));
    const config = await createPinnedConfigs(bench.deps)(planned.task.configVersion);
    const run = { workflowId: 'repo/infra/apply/envs/prod', runId: 'apply' };
    const { signal } = new AbortController();
    const refusal = await passGate(bench.deps, config, bench.inputOf(planned), { run, signal }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ code: 'apply_refused', details: { code, codes: ['paused', 'pinned'] } });
  });

  it('refuses as wrong_task what a scan has planned', async () => {
    const scan = await bench.plan(aGatePlan(), { kind: 'scan' as never });
    expect(await refusedOf(bench.apply(scan))).toBe('wrong_task');
  });

  it('refuses as wrong_workflow whoever is not the task’s own child', async () => {
    const planned = await approved();
    const run = { workflowId: 'repo/infra/apply/envs/prod/by-hand', runId: 'x' };
    expect(await refusedOf(bench.apply(planned, { run }))).toBe('wrong_workflow');
  });

  it('refuses as not_decided what nobody has decided on', async () => {
    expect(await refusedOf(bench.apply(await bench.plan(aGatePlan())))).toBe('not_decided');
  });

  it('refuses as task_ended what a task that was cancelled, or is over, has decided', async () => {
    const planned = await approved();
    await bench.store.tasks.requestCancel(planned.task.id, bench.deps.now().toISOString());
    expect(await refusedOf(bench.apply(planned))).toBe('task_ended');
    await bench.endTask(planned);
    expect(await refusedOf(bench.apply(planned))).toBe('task_ended');
  });

  it('refuses as lease_held while another attempt on the stack is open', async () => {
    const planned = await approved();
    const { task, jobId, commit, digest } = planned;
    await bench.store.attempts.begin(
      {
        id: 'other',
        kind: 'apply',
        repo: 'infra',
        stackKey: 'envs/prod',
        taskId: task.id,
        jobId,
        digest,
        commit,
        rule: 'policy',
        approvalId: null,
        worker: bench.deps.processes.own,
        outputPath: null,
        startedAt: bench.deps.now().toISOString(),
      },
      {},
    );
    expect(await refusedOf(bench.apply(planned))).toBe('lease_held');
    expect((await bench.latest())?.status).toBe('approved');
  });

  it('ends as not applied an attempt whose state could not be saved: no tool has started', async () => {
    const planned = await approved();
    const content = { kind: 'state', digest: 'sha256:aa', sizeBytes: 2, encrypted: true } as const;
    const full = () => Promise.reject(new Error('the disk is full'));
    const store = { ...bench.store, attempts: { ...bench.store.attempts, setBackup: full } };
    const backup = { content, lineage: 'l', serial: 1 };
    await expect(bench.apply(planned, { store, backup })).rejects.toThrow('the disk is full');
    const [attempt] = await bench.store.attempts.list({ limit: 9 });
    expect(attempt).toMatchObject({ status: 'not_applied', error: { code: 'backup_failed' } });
    expect(await bench.store.attempts.lease('infra', 'envs/prod')).toBeUndefined();
    expect((await bench.store.audit.last())?.action).toBe('apply.ended');
  });

  it('refuses as policy_changed what another rule would let through by now', async () => {
    const before = await bench.plan(aGatePlan());
    await bench.synced(before);
    await bench.endTask(before);
    bench.history.push({ files: ['envs/prod/README.md'] });
    await publish({ autoApproveSafe: { patterns: ['README'], maxSeverity: 'low' } });
    const planned = await bench.plan(aGatePlan(), { auto_approve_safe: true });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'auto_approve_safe' });
    await publish({ approvals: { required: 0 }, autoApproveSafe: null });
    expect(await refusedOf(bench.apply(planned))).toBe('policy_changed');
  });
});

describe('a stack that was never in sync', () => {
  const safe = () => publish({ autoApproveSafe: { patterns: ['.*'], maxSeverity: 'low' } });

  it('can be approved by nobody who ever touched it', async () => {
    bench.history.push({ by: 'bob@example.com' });
    bench.history.push({ by: 'else@example.com', files: ['envs/dev/main.tf'] });
    const planned = await bench.plan(aGatePlan());
    await bench.decide(planned);
    expect((await bench.present(planned)).authors).toEqual(['author@example.com', 'bob@example.com']);
    expect(await bench.say('author@example.com')).toBe('own_change');
    expect(await bench.say('bob@example.com')).toBe('own_change');
    expect(await bench.say('alice@example.com')).toBeNull();
  });

  it('is never safe, as nobody knows what has changed', async () => {
    await safe();
    const planned = await bench.plan(aGatePlan(), { auto_approve_safe: true });
    const verdict = await bench.decide(planned);
    expect(verdict).toMatchObject({ kind: 'wait' });
    expect(verdict.reasons.map(({ message }) => message).join()).toContain('never seen in sync');
  });

  it('needs a trusted signature on each commit that ever touched it', async () => {
    await publish({ requireSignedCommits: true });
    bench.history.push({ signed: false });
    bench.history.push();
    const verdict = await bench.decide(await bench.plan(aGatePlan()));
    expect(verdict).toMatchObject({ kind: 'blocked', reasons: [{ code: 'unsigned_commits' }] });
  });

  it('asks its owners of before the commit, for each of its files', async () => {
    await publish({ approvals: { requireCodeOwners: true } });
    bench.history.owners.set(bench.history.commits[0]!.commit, '* owner@example.com');
    const commit = bench.history.push({ by: 'mallory@example.com', files: ['CODEOWNERS'] });
    bench.history.owners.set(commit, '* mallory@example.com');
    const planned = await bench.plan(aGatePlan());
    await bench.decide(planned);
    expect((await bench.present(planned)).requirement.codeOwners).toEqual([
      { path: 'envs/prod/main.tf', owners: ['owner@example.com'] },
    ]);
  });

  it('is like any other from the first time on that it is seen in sync', async () => {
    const inSync = aGatePlan({ status: 'in_sync', changes: [], pending: 0, severity: null });
    const seen = await bench.plan(inSync, { kind: 'scan' as never });
    await bench.store.syncs.seenInSync(seen.task.id, bench.deps.now().toISOString());
    await bench.endTask(seen);
    bench.history.push({ by: 'bob@example.com' });
    await safe();
    const planned = await bench.plan(aGatePlan(), { auto_approve_safe: true });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'auto_approve_safe' });
    expect((await bench.present(planned)).authors).toEqual(['bob@example.com']);
  });
});

/** What may happen while a plan is on its way to being applied, and by which code it is then refused. */
const INTERRUPTIONS: readonly [string, string, () => Promise<unknown>][] = [
  ['a pause', 'paused', () => hold('pause')],
  ['a pin', 'pinned', () => hold('pin')],
  ['a freeze', 'frozen', () => publish({ freeze: { reason: 'year end', until: null } })],
  [
    'the end of a window',
    'window_closed',
    async () => {
      await publish({ windows: [aWindow()] });
      bench.clock.ms += 2 * HOUR_MS;
    },
  ],
  ['one person more', 'approval_required', () => publish({ approvals: { required: 2 } })],
  ['a team', 'approval_required', () => publish({ approvals: { teams: ['security'] } })],
  ['signed commits', 'unsigned_commits', () => publish({ requireSignedCommits: true })],
  ['code owners', 'approval_required', () => publish({ approvals: { requireCodeOwners: true } })],
  ['a cap on destroys', 'too_many_destroys', () => publish({ maxDestroys: { count: 0, percent: null } })],
  ['a rejection', 'rejected', () => bench.say('bob@example.com', 'reject')],
  [
    'the loss of a role',
    'approval_required',
    async () => {
      bench.clock.ms += 1_000;
      await publish({}, { roles: rolesOf('alice@example.com', 'operator') });
    },
  ],
  ['a withdrawal', 'approval_required', () => bench.say('alice@example.com', 'withdraw')],
  [
    'the end of the time to decide',
    'approval_required',
    async () => {
      bench.clock.ms += 30 * 24 * HOUR_MS;
    },
  ],
  [
    'a cancel',
    'task_ended',
    async () => {
      const [task] = await bench.store.tasks.list({ limit: 1 });
      await bench.store.tasks.requestCancel(task!.id, bench.deps.now().toISOString());
    },
  ],
  [
    'a workflow that no longer waits',
    'not_decided',
    async () => {
      const [task] = await bench.store.tasks.list({ limit: 1 });
      const [job] = await bench.store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 1 });
      await bench.store.verdicts.put(job!.id, { kind: 'blocked', reasons: [], rule: null, blockedBy: [] });
    },
  ],
];

function aWindow(): EnvironmentPolicy['windows'][number] {
  return { kind: 'allow', schedule: '0 8 * * *', durationMs: HOUR_MS, timeZone: 'UTC', manual: false };
}

describe('what happens on the way to an apply', () => {
  beforeEach(() => {
    bench.history.push({ by: 'mallory@example.com', signed: false });
    bench.history.owners.set(bench.history.commits[0]!.commit, '* owner@example.com');
    bench.history.owners.set(bench.history.commits[1]!.commit, '* owner@example.com');
  });

  it.each(INTERRUPTIONS)('%s, before the gate: it is refused as %s', async (_, code, happens) => {
    const planned = await approvedDestroy();
    await happens();
    expect(await refusedOf(bench.apply(planned))).toBe(code);
    expect(await bench.store.attempts.list({ limit: 9 })).toEqual([]);
  });

  it.each(INTERRUPTIONS)('%s, while it is planned again: it is refused as %s', async (_, code, happens) => {
    const planned = await approvedDestroy();
    expect(await refusedOf(bench.apply(planned, { meanwhile: happens }))).toBe(code);
    expect(await bench.store.attempts.list({ limit: 9 })).toEqual([]);
  });
});

/** As `approved`, of a plan that destroys something. */
async function approvedDestroy(): Promise<Planned> {
  const plan = aGatePlan();
  const [change] = plan.changes;
  const destroys = { ...plan, changes: [{ ...change!, action: 'delete' as const }] };
  const asked = await bench.plan(destroys);
  await bench.decide(asked);
  await bench.present(asked);
  await bench.endTask(asked);
  expect(await bench.say('alice@example.com')).toBeNull();
  const planned = await bench.plan(destroys, { trigger: 'approval' });
  expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
  return planned;
}
