import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decideJob } from '../../src/activities/decide-stacks.ts';
import { createPinnedConfigs } from '../../src/activities/pinned-config.ts';
import type { ApprovalPolicy } from '../../src/domain/eligibility/policy.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aChange } from '../support/a-change.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { aGatePlan, type GateBench, openGateBench, type Planned } from '../support/gate-bench.ts';
import { approvedPlan, publishPolicy } from '../support/gate-policy.ts';

let bench: GateBench;
const publish = (approvals: Partial<ApprovalPolicy> = {}) => publishPolicy(bench, { approvals });

beforeEach(async () => {
  bench = await openGateBench();
  await publish();
  bench.history.push();
});
afterEach(() => bench.close());

const approved = () => approvedPlan(bench);

describe('a newer commit that leaves the plan as it is', () => {
  /** Approved at one commit, and planned again at the next with the same digest. */
  async function planAfter(files: string[]): Promise<Planned> {
    const first = await approved();
    await bench.endTask(first);
    bench.history.push({ by: 'dave@example.com', files });
    return await bench.plan(aGatePlan());
  }

  it('takes the approvals away when it touches the stack, and says so', async () => {
    const planned = await planAfter(['envs/prod/.notes']);
    const verdict = await bench.decide(planned);
    expect(verdict.kind).toBe('wait');
    expect(verdict.reasons.map(({ code }) => code)).toContain('newer_commit');
    const before = (await bench.latest())!;
    expect(await bench.present(planned)).toMatchObject({ status: 'waiting', commit: planned.commit });
    expect((await bench.store.approvals.get(before.id))?.status).toBe('dismissed');
    const records = await bench.store.audit.list({ repo: 'infra', afterSeq: 0, limit: 99 });
    const reason = records.find(({ action }) => action === 'approval.dismissed')?.reason;
    expect(reason).toBe(
      `The commit ${planned.commit.slice(0, 12)} touched the stack since people were asked.`,
    );
    expect(await bench.say('dave@example.com')).toBe('own_change');
    expect(await bench.say('alice@example.com')).toBeNull();
  });

  it('leaves the approvals when it touches other stacks', async () => {
    expect(await bench.decide(await planAfter(['envs/dev/main.tf']))).toMatchObject({ rule: 'approval' });
  });

  it('leaves the approvals while the plan stays the same, where the policy says so', async () => {
    await publish({ dismissStale: false });
    const planned = await planAfter(['envs/prod/.notes']);
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
    expect((await bench.apply(planned)).attempt).toMatchObject({ rule: 'approval' });
  });

  it('takes approvals away with another plan, whatever the policy says', async () => {
    await publish({ dismissStale: false });
    await bench.endTask(await approved());
    const planned = await bench.plan(aGatePlan({ digest: 'v1:sha256:two' }));
    expect((await bench.decide(planned)).kind).toBe('wait');
    await bench.present(planned);
    expect((await bench.store.approvals.list({ statuses: ['dismissed'], limit: 9 })).length).toBe(1);
  });

  it('leaves a rejection, as the plan is the one that was rejected', async () => {
    const asked = await bench.plan(aGatePlan());
    await bench.decide(asked);
    await bench.present(asked);
    expect(await bench.say('alice@example.com', 'reject')).toBeNull();
    await bench.endTask(asked);
    bench.history.push({ files: ['envs/prod/.notes'] });
    const verdict = await bench.decide(await bench.plan(aGatePlan()));
    expect(verdict).toMatchObject({ kind: 'blocked', reasons: [{ code: 'rejected' }] });
  });

  it('takes the approvals away also where the policy becomes that strict on the way to an apply', async () => {
    await publish({ dismissStale: false });
    const planned = await planAfter(['envs/prod/.notes']);
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
    const meanwhile = () => publish({ dismissStale: true });
    expect((await bench.apply(planned, { meanwhile })).refused).toBe('approval_required');
  });

  it('is meant by that, not the way back to an earlier one', async () => {
    bench.history.push({ by: 'dave@example.com', files: ['envs/prod/.notes'] });
    await bench.endTask(await approved());
    const { commit } = bench.history.commits[0]!;
    const planned = await bench.plan(aGatePlan(), { trigger: 'approval', commit });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
    await bench.present(planned);
    expect((await bench.latest())?.status).toBe('approved');
  });
});

describe('a newer commit that nobody has planned yet', () => {
  /** Decided on at the commit that was approved, after a push on top of it. */
  async function decideAfter(files: string[]) {
    const planned = await approved();
    bench.history.push({ by: 'dave@example.com', files });
    return await bench.decide(planned);
  }

  it('holds back what was approved when it touches the stack', async () => {
    expect(await decideAfter(['envs/prod/main.tf'])).toMatchObject({
      kind: 'blocked',
      reasons: [
        {
          code: 'newer_commit_unplanned',
          message:
            'The commit 000000000000 has touched this stack since its plan was approved, and is planned first.',
        },
      ],
    });
  });

  it('does not when it touches other stacks, or where the policy lets approvals stand', async () => {
    expect(await decideAfter(['envs/dev/main.tf'])).toMatchObject({ kind: 'apply', rule: 'approval' });
    await publish({ dismissStale: false });
    bench.history.push({ files: ['envs/prod/main.tf'] });
    const commit = (await bench.latest())!.commit;
    const planned = await bench.plan(aGatePlan(), { trigger: 'approval', commit });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
  });

  it('is heard by the gate, too', async () => {
    const planned = await approved();
    bench.history.push({ by: 'dave@example.com' });
    expect((await bench.apply(planned)).refused).toBe('newer_commit_unplanned');
  });

  it('is heard by the gate also when it comes while that plans again', async () => {
    const planned = await approved();
    const meanwhile = async () => bench.history.push({ by: 'dave@example.com' });
    expect((await bench.apply(planned, { meanwhile })).refused).toBe('newer_commit_unplanned');
  });

  it.each<[string, Parameters<GateBench['plan']>[1]]>([
    ['a commit beside the newest', { aside: true }],
    ['a repair at what was synced last', { kind: 'reconcile' }],
  ])('holds back nothing where people were asked about %s', async (_, more) => {
    const drifted = aGatePlan({ status: 'drifted', changes: [aChange()] });
    const { commit } = bench.history.commits[0]!;
    bench.history.push({ by: 'dave@example.com' });
    const asked = await bench.plan(drifted, { commit, ...more });
    await bench.decide(asked);
    await bench.present(asked);
    await bench.endTask(asked);
    expect(await bench.say('alice@example.com')).toBeNull();
    const planned = await bench.plan(drifted, { trigger: 'approval', commit });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
  });
});

describe('a Git host that does not answer', () => {
  const down = () => {
    const { git } = bench.history;
    const answering = git.resolve;
    git.resolve = () =>
      Promise.reject(
        new PlumblineError('git_failed', "The host can't be reached: https://git.example.com/infra.git.", {
          retryable: true,
        }),
      );
    return () => (git.resolve = answering);
  };

  /** As a task decides on it. */
  async function decide({ task, jobId, commit, request }: Planned) {
    const config = await createPinnedConfigs(bench.deps)(task.configVersion);
    const job = (await bench.store.jobs.get(jobId))!;
    const drivers = [{ ...aFakeDriver(['envs/prod']), kind: 'fake' }];
    const { id: task_id, repo, configVersion: config_version } = task;
    const input = { task_id, repo, commit, config_version, request };
    const { signal } = new AbortController();
    const work = { config, signal } as Parameters<typeof decideJob>[3];
    return (await decideJob({ ...bench.deps, drivers }, input, job, work)).verdict;
  }

  it('blocks what was approved, says why and what to do, and lets it through once it answers', async () => {
    const planned = await approved();
    const up = down();
    expect(await decide(planned)).toMatchObject({
      kind: 'blocked',
      reasons: [
        {
          code: 'git_failed',
          message:
            "It could not be decided on: Whether a newer commit has touched this stack since its plan was approved can't be told: " +
            "The host can't be reached: https://git.example.com/infra.git. The approval stands and is tried again by itself; sync the stack to try it now.",
        },
      ],
    });
    up();
    expect(await decide(planned)).toMatchObject({ kind: 'apply', rule: 'approval' });
    expect((await bench.apply(planned)).attempt).toMatchObject({ rule: 'approval' });
  });

  it('is not asked in an emergency, unless that is not signed', async () => {
    await approved();
    down();
    const about = { repo: 'infra', taskId: bench.nextTaskId() };
    const emergency = bench.signer.emergency(about, 'root@example.com', {
      at: bench.deps.now().toISOString(),
    });
    const planned = await bench.plan(aGatePlan(), { emergency });
    expect(await decide(planned)).toMatchObject({ kind: 'apply', rule: 'break_glass' });
    expect((await bench.apply(planned)).attempt).toMatchObject({ rule: 'break_glass' });
    const forged = { ...planned.request, emergency: { ...emergency, reason: 'another' } };
    expect(await decide({ ...planned, request: forged })).toMatchObject({ kind: 'blocked' });
  });
});
