import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import type { ApprovalJson } from '../../src/api/schemas/approval.ts';
import { registerCancel } from '../../src/cli/cancel.ts';
import { processIo } from '../../src/cli/io.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storePlan, storeTask } from '../support/api-data.ts';
import { presentPlan } from '../support/ui-control.ts';

const CAROL = 'carol@example.com';
const operator = (id: string, environments: string[] = []) =>
  aToken(`${id}@example.com`, `${id}-secret`, { grants: [{ role: 'operator', repos: [], environments }] });

let api: ApiFixture;
let asked: Approval[];
let taskId: string;

beforeEach(async () => {
  const tokens = [operator('carol', ['production']), operator('dave', ['production']), operator('erin')];
  api = await apiFixture({ auth: { mode: 'tokens', oidc: [], tokens } });
  const { id, jobs } = await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/prod/db')], {
    kind: 'sync',
    actor: CAROL,
  });
  taskId = id;
  for (const job of jobs) await storePlan(api.store, job);
  asked = [];
  for (const key of ['envs/prod', 'envs/prod/db'])
    asked.push(await presentPlan(api.store, 'my-infra', key, { startedBy: CAROL }));
});
afterEach(() => api.close());

const endAsking = () =>
  api.store.tasks.finish(taskId, { status: 'awaiting_approval', error: null }, new Date().toISOString());
const cancel = (who: string) =>
  api.app.inject({
    method: 'POST',
    url: `/api/tasks/${taskId}/cancel`,
    headers: { authorization: `Bearer ${who}-secret` },
  });
const statuses = async () =>
  Promise.all(asked.map(async ({ id }) => (await api.store.approvals.get(id))?.status));
const mayTakeBack = async (who: string) => {
  const headers = { authorization: `Bearer ${who}-secret` };
  const { approvals } = (await api.app.inject({ url: '/api/approvals', headers })).json<{
    approvals: ApprovalJson[];
  }>();
  return approvals.map(({ you }) => you.may_take_back);
};

/** What `plumbline cancel` says to Carol. */
const note = async (target = taskId): Promise<string> => {
  const notes: string[] = [];
  const io = {
    ...processIo(),
    env: { PLUMBLINE_TOKEN: 'carol-secret' },
    note: (text: string) => notes.push(text),
  };
  const program = new Command().exitOverride();
  registerCancel(program, io);
  const server = await api.app.listen({ host: '127.0.0.1', port: 0 });
  await program.parseAsync(['cancel', target, '--server', server], { from: 'user' });
  return notes.join('\n');
};

describe('a task that waits for people', () => {
  it('is taken back by whoever started it, with a record of each plan, and its approvals are told', async () => {
    await endAsking();
    expect(await mayTakeBack('carol')).toEqual([true, true]);
    const answer = await cancel('carol');
    expect(answer.statusCode, answer.body).toBe(202);
    expect(answer.json()).toMatchObject({
      task: { id: taskId, status: 'awaiting_approval' },
      message: 'Taken back: nobody is asked any more about its 2 plans',
    });
    expect(await statuses()).toEqual(['withdrawn', 'withdrawn']);
    expect(api.temporal.woken.toSorted()).toEqual(['my-infra/envs/prod', 'my-infra/envs/prod/db']);
    const records = (await api.store.audit.list({ afterSeq: 0, limit: 99 })).filter(
      ({ action }) => action !== 'login',
    );
    expect(records).toMatchObject([
      { action: 'task.cancelled', actor: CAROL, taskId, details: { status: 'awaiting_approval' } },
      { action: 'approval.withdrawn', actor: CAROL, reason: `${CAROL} has taken back what was asked for.` },
      { action: 'approval.withdrawn', actor: CAROL, taskId },
    ]);
    const again = await cancel('carol');
    expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([409, 'task_ended']);
  });

  it('is taken back by an operator of the repo, and by no other of one environment', async () => {
    await endAsking();
    expect(await mayTakeBack('dave')).toEqual([false, false]);
    expect((await cancel('dave')).statusCode).toBe(403);
    expect(await statuses()).toEqual(['waiting', 'waiting']);
    expect((await cancel('erin')).statusCode).toBe(202);
    expect(await statuses()).toEqual(['withdrawn', 'withdrawn']);
  });

  it('is not taken back by whoever has pushed what it is about, as others may have, too', async () => {
    await endAsking();
    const pushed = await storeTask(api.store, 'my-infra', [aStack('envs/prod')], {
      kind: 'sync',
      actor: CAROL,
      trigger: 'push',
    });
    taskId = pushed.id;
    const about = { startedBy: CAROL, taskId, digest: 'v1:sha256:pushed' };
    asked = [await presentPlan(api.store, 'my-infra', 'envs/prod', about)];
    await endAsking();
    // What she started herself is left: envs/prod/db.
    expect((await mayTakeBack('carol')).filter(Boolean)).toHaveLength(1);
    expect((await cancel('carol')).statusCode).toBe(403);
    expect(await statuses()).toEqual(['waiting']);
  });

  it('keeps what was rejected as it is', async () => {
    await endAsking();
    const rejected = asked[0]!;
    const { id: approvalId, repo, stackKey, digest } = rejected;
    const said = { teams: [], aliases: [], reason: 'no', via: 'api', signature: null, withdrawnAt: null };
    const by = { kind: 'reject' as const, by: 'bob@example.com', at: new Date().toISOString() };
    const decision = { id: 'word-1', approvalId, repo, stackKey, digest, ...said, ...by };
    await api.store.approvals.decide(decision, () => ({ status: 'rejected' }));
    expect((await cancel('carol')).json()).toMatchObject({
      message: 'Taken back: nobody is asked any more about its plan',
    });
    expect(await statuses()).toEqual(['rejected', 'withdrawn']);
  });
});

describe('plumbline cancel', () => {
  it('says of a failed task that its plans are taken back', async () => {
    const error = { code: 'jobs_failed', message: 'Another stack failed.' };
    await api.store.tasks.finish(taskId, { status: 'failed', error }, new Date().toISOString());
    expect(await note()).toBe(
      `Taken back: nobody is asked any more about its 2 plans. What ${taskId} found stays.`,
    );
  });

  it('says of one that runs that it was asked to stop', async () => {
    const startedAt = new Date().toISOString();
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt, kind: 'sync' });
    expect(await note()).toContain(`Asked ${taskId} to stop.`);
  });
});

describe('plumbline cancel of a repository', () => {
  const queue = (id: string) =>
    api.store.tasks.queue({
      id,
      repo: 'my-infra',
      kind: 'sync',
      trigger: 'cli',
      actor: CAROL,
      stackKey: null,
      configVersion: 1,
      workflowId: 'repo/my-infra',
      runId: 'run-0',
      startedAt: new Date().toISOString(),
    });

  it('names what waits where nothing runs, and touches none of it', async () => {
    await endAsking();
    await queue('my-infra:1');
    const refused = note('my-infra');
    await expect(refused).rejects.toMatchObject({ code: 'nothing_running' });
    await expect(refused).rejects.toThrow(
      `No task of my-infra is running. What waits is cancelled by its ID:
  plumbline cancel my-infra:1  (a sync that ${CAROL} asked for, waits for its turn)
  plumbline cancel ${taskId}  (asks people about envs/prod/db, envs/prod)`,
    );
    expect(await statuses()).toEqual(['waiting', 'waiting']);
    expect((await api.store.tasks.get('my-infra:1'))?.status).toBe('queued');
  });

  it('says so where there is nothing to cancel', async () => {
    await endAsking();
    await cancel('carol');
    await expect(note('my-infra')).rejects.toThrow(
      'There is nothing to cancel: no task of my-infra runs or waits for its turn, and none asks people for what you could take back.',
    );
  });

  it('stops the task that runs, and names what waits behind it', async () => {
    api.temporal.running.set('my-infra', {
      runId: 'run-0',
      startedAt: new Date().toISOString(),
      kind: 'sync',
    });
    await queue('my-infra:1');
    expect(await note('my-infra')).toBe(
      `Asked ${taskId} to stop. Its running plans end within seconds; what it found so far stays.
What waits for its turn goes on:
  plumbline cancel my-infra:1  (a sync that ${CAROL} asked for, waits for its turn)`,
    );
  });
});

describe('a task that runs', () => {
  it('shows nobody that one of its requests can be taken back: it may be applying others', async () => {
    expect(await mayTakeBack('carol')).toEqual([false, false]);
    await endAsking();
    expect(await mayTakeBack('carol')).toEqual([true, true]);
  });

  it('is cancelled with what it has asked people for by then, by whoever started it', async () => {
    api.temporal.running.set('my-infra', {
      runId: 'run-0',
      startedAt: new Date().toISOString(),
      kind: 'sync',
    });
    const answer = await cancel('carol');
    expect(answer.json()).toMatchObject({ message: 'Cancellation requested' });
    expect(api.temporal.cancelled).toEqual([{ repo: 'my-infra', runId: 'run-0' }]);
    expect(await statuses()).toEqual(['withdrawn', 'withdrawn']);
  });
});

describe('another try of a sync', () => {
  const retryOf = async (firstTrigger: string) => {
    await endAsking();
    const about = { kind: 'sync', actor: CAROL, trigger: 'retry', firstTrigger } as const;
    const { id, startedAt } = await storeTask(api.store, 'my-infra', [aStack('envs/prod')], about);
    taskId = id;
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt, kind: 'sync' });
  };

  it('is cancelled by whoever started that sync, and by no other of one environment', async () => {
    await retryOf('cli');
    expect((await cancel('dave')).statusCode).toBe(403);
    expect(api.temporal.cancelled).toEqual([]);
    const answer = await cancel('carol');
    expect(answer.statusCode, answer.body).toBe(202);
    expect(api.temporal.cancelled).toEqual([{ repo: 'my-infra', runId: 'run-0' }]);
  });

  it('is not theirs where a push had begun it', async () => {
    await retryOf('push');
    expect((await cancel('carol')).statusCode).toBe(403);
    expect(api.temporal.cancelled).toEqual([]);
  });
});
