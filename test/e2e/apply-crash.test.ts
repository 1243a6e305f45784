import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptsJson } from '../../src/api/schemas/attempt.ts';
import type { AuditVerificationJson } from '../../src/api/schemas/audit.ts';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import type { SyncAcceptedJson } from '../../src/api/schemas/sync.ts';
import type { TaskJson } from '../../src/api/schemas/task.ts';
import { aHaltingSite } from '../support/halting.ts';
import { aSite, call, eventually, type PlumblineProcess, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';

/** Without `up` nobody makes a key. */
const KEY = { PLUMBLINE_DATA_KEY: Buffer.alloc(32, 7).toString('base64') };
/** One worker in either shape, since the tests end the one that applies. */
const STORES = { 'the embedded store and server': SHAPES[0], 'PostgreSQL and a Temporal server': SHAPES[1] };

describe.each(Object.entries(STORES))('an apply, with %s', (_, shape) => {
  let site: Site;
  let running: RunningShape | undefined;
  let worker: PlumblineProcess;
  beforeEach(async () => {
    site = await aSite({});
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await site.remove();
  });

  async function startSync(): Promise<string> {
    running = await startShape(shape, site, { env: KEY, roles: ['serve', 'worker'] });
    worker = running.workers[0]!;
    const { json } = await call<SyncAcceptedJson>(site, 'POST', '/api/repos/infra/sync', {});
    return json.task.id;
  }

  const attempts = async () => (await call<AttemptsJson>(site, 'GET', '/api/attempts')).json.attempts;
  const stack = async () =>
    (await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks')).json.stacks[0];
  const taskOf = async (id: string) => (await call<TaskJson>(site, 'GET', `/api/tasks/${id}`)).json;
  const ended = async (id: string, log: () => string) =>
    await eventually(
      'the task ends',
      async () => {
        const task = await taskOf(id);
        return task.status !== 'running' && task;
      },
      { log },
    );
  /** What nobody has looked at since its worker died is unknown; a scan finds it as it should be, and applies nothing. */
  const inSyncAfterAScan = async () =>
    await eventually(
      'the stack is in sync',
      async () => {
        if ((await stack())?.status === 'in_sync') return true;
        await call(site, 'POST', '/api/repos/infra/scan', {});
        return false;
      },
      { withinMs: 120_000 },
    );
  const chainIsWhole = async () =>
    expect((await call<AuditVerificationJson>(site, 'GET', '/api/audit/verify')).json).toMatchObject({
      ok: true,
    });

  it.each(['replan', 'apply', 'applied'] as const)(
    'whose worker is killed at %s is finished by the next one, and made once',
    async (moment) => {
      const tool = await aHaltingSite(site, moment);
      await startSync();
      await tool.halted();
      await worker.kill();
      const next = running!.start('worker');
      // A plan goes with its worker; what applies goes on, and is waited for.
      await tool.go();
      const made = await eventually(
        'the attempt is closed',
        async () => {
          const found = await attempts();
          return found.length > 0 && found.every(({ status }) => status === 'applied') && found;
        },
        { withinMs: 240_000, log: next.log },
      );
      expect(made).toHaveLength(1);
      await eventually(
        'the stack is in sync, with nobody asking',
        async () => (await stack())?.status === 'in_sync',
        {
          log: next.log,
        },
      );
      expect(await tool.times('apply')).toBe(1);
      expect(await tool.overlaps()).toEqual([]);
      await chainIsWhole();
    },
  );

  it('whose worker is told to stop is still the only one of its stack, and is known afterwards', async () => {
    const tool = await aHaltingSite(site, 'applied');
    await startSync();
    await tool.halted();
    const stopped = worker.stop();
    const next = running!.start('worker');
    await eventually('the next worker is there', async () => next.log().includes('Plumbline is ready'));
    await tool.go();
    await stopped;
    await eventually(
      'the attempt has ended',
      async () => {
        const [made] = await attempts();
        return made !== undefined && made.ended_at !== null;
      },
      { log: next.log },
    );
    await inSyncAfterAScan();
    expect(await tool.times('apply')).toBe(1);
    expect(await tool.overlaps()).toEqual([]);
    await chainIsWhole();
  });

  it('that is cancelled ends before its task does, and another sync waits until then', async () => {
    const tool = await aHaltingSite(site, 'applied');
    const id = await startSync();
    await tool.halted();
    expect((await call(site, 'POST', `/api/tasks/${id}/cancel`)).status).toBeLessThan(300);
    const { json: second } = await call<SyncAcceptedJson>(site, 'POST', '/api/repos/infra/sync', {});
    expect(second.queued).toBe(true);
    await tool.go();
    expect((await ended(id, worker.log)).status).toMatch(/^(?:cancelled|failed)$/);
    await inSyncAfterAScan();
    expect(await tool.overlaps()).toEqual([]);
    await chainIsWhole();
  });
});
