import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditEntry } from '../../src/activities/audit-entries.ts';
import { createTaskSteps } from '../../src/activities/task-steps.ts';
import type { RepoRequest } from '../../src/workflows/inputs.ts';
import { aGatePlan, type GateBench, openGateBench, type Planned } from '../support/gate-bench.ts';
import { approvedPlan, publishPolicy } from '../support/gate-policy.ts';

const DAVE = 'dave@example.com';
const CANCELLED = { code: 'cancelled', message: 'The task was cancelled.' };

let bench: GateBench;
let requested: RepoRequest[];
beforeEach(async () => {
  bench = await openGateBench();
  requested = [];
  bench.deps.temporal.request = async (_, request) => void requested.push(request);
  await publishPolicy(bench);
  bench.history.push();
});
afterEach(() => bench.close());

/** A running task that has asked people about its plan. */
async function asking(request: Parameters<GateBench['plan']>[1] = {}): Promise<Planned> {
  const planned = await bench.plan(aGatePlan(), request);
  expect((await bench.decide(planned)).kind).toBe('wait');
  await bench.present(planned);
  return planned;
}

const cancelBy = (actor: string, { task }: Planned) =>
  bench.store.audit.append(
    auditEntry(bench.deps, { actor, action: 'task.cancelled', result: 'ok', repo: 'infra', taskId: task.id }),
  );

const finish = async ({ task }: Planned, error: typeof CANCELLED | null = CANCELLED) => {
  const steps = createTaskSteps(bench.deps, {} as never);
  await steps.finishTask({ task_id: task.id, error, waiting: true, newest: true, dry_run: false });
};

const status = async () => (await bench.latest())?.status;
const withdrawn = async () =>
  (await bench.store.audit.list({ afterSeq: 0, limit: 99 })).filter(
    ({ action }) => action === 'approval.withdrawn',
  );

describe('the end of a cancelled task', () => {
  it('takes back what it has asked people for since, in the words of who cancelled it', async () => {
    const planned = await asking();
    await cancelBy(DAVE, planned);
    await finish(planned);
    expect(await status()).toBe('withdrawn');
    expect(await withdrawn()).toMatchObject([
      {
        taskId: planned.task.id,
        stackKey: 'envs/prod',
        reason: `${DAVE} has taken back what was asked for.`,
      },
    ]);
  });

  it('takes it back also where the task was stopped in Temporal, and names nobody', async () => {
    const other = await asking();
    await cancelBy(DAVE, other);
    await bench.endTask(other);
    bench.history.push();
    await finish(await asking());
    expect(await withdrawn()).toMatchObject([{ reason: 'The task that asked for it was cancelled.' }]);
  });

  it('leaves what another task has asked for', async () => {
    await bench.endTask(await asking());
    await finish(await bench.plan(aGatePlan()));
    expect([await status(), await withdrawn()]).toEqual(['waiting', []]);
  });

  it('leaves what somebody else has asked for, too', async () => {
    await finish(await asking({ joined: [{ task_id: 'infra:2', trigger: 'api', actor: DAVE }] }));
    expect([await status(), await withdrawn()]).toEqual(['waiting', []]);
  });

  it('asks for no plan of a newer commit in the name of who started it', async () => {
    const planned = await approvedPlan(bench);
    bench.history.push({ by: DAVE });
    await bench.decide(planned);
    await finish(planned);
    expect([requested, await status()]).toEqual([[], 'approved']);
  });
});

describe('the end of a task that nobody cancelled', () => {
  it('leaves what it has asked for, and asks for the plan of a newer commit', async () => {
    await finish(await asking(), null);
    expect(await status()).toBe('waiting');
    expect(await bench.say('alice@example.com')).toBeNull();
    const planned = await bench.plan(aGatePlan(), { trigger: 'approval' });
    bench.history.push({ by: DAVE });
    await bench.decide(planned);
    await finish(planned, null);
    expect(await status()).toBe('dismissed');
    expect(requested).toMatchObject([{ kind: 'sync', stacks: ['envs/prod'], trigger: 'push' }]);
  });
});
