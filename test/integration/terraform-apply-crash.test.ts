import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/domain/attempt.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { groupIsAlive, signalGroup } from '../../src/util/process-group.ts';
import { identifyProcess } from '../../src/workers/process-identity.ts';
import { anApplyContext, anAttempt, digestOf } from '../support/applying.ts';
import { aBench, aStack, planIn, type Bench } from '../support/terraform.ts';
import { waitFor } from '../support/wait-for.ts';

const STACK = aStack('terraform', 'envs/prod');
const CHILD = fileURLToPath(new URL('../support/apply-process.ts', import.meta.url));
const { apply, recover, unlock, verify } = terraformDriver as Required<typeof terraformDriver>;

/** Two objects, one after the other; the first takes until a file appears, so that tests decide how long. */
const slow = (live: string) => `terraform {
  backend "local" {
    path = "${live}/terraform.tfstate"
  }
}
resource "terraform_data" "first" {
  provisioner "local-exec" {
    command = "echo began >> ${live}/runs; for i in $(seq 600); do test -e ${live}/go && exit 0; sleep 0.1; done; exit 1"
  }
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
}
`;

describe('an apply that is interrupted', () => {
  let bench: Bench;
  const children: ChildProcess[] = [];
  const groups: number[] = [];
  beforeEach(async () => {
    bench = await aBench();
    await bench.write({ 'envs/prod/main.tf': slow(bench.live) });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const group of groups.splice(0)) signalGroup(group, 'SIGKILL');
    await bench.remove();
  });

  const approve = async () => digestOf((await planIn(terraformDriver, bench, STACK)).plan.identity);
  const go = () => writeFile(join(bench.live, 'go'), '');
  const began = () => waitFor('the first object', () => existsSync(join(bench.live, 'runs')));
  const runs = async () => (await readFile(join(bench.live, 'runs'), 'utf8')).trim().split('\n').length;
  const state = async () =>
    JSON.parse(await readFile(join(bench.live, 'terraform.tfstate'), 'utf8')) as {
      resources: { name: string }[];
    };
  const lockInfo = () => join(bench.live, '.terraform.tfstate.lock.info');

  /** Starts an apply in another process, and gives what the store would know of the attempt. */
  const start = async (): Promise<{ child: ChildProcess; group: number; attempt: Attempt }> => {
    const digest = await approve();
    const input = JSON.stringify({ bench, stack: STACK, digest, more: { attemptId: 'a-1' } });
    const child = spawn(process.execPath, [CHILD, input], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const group = await new Promise<number>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { pgid } = JSON.parse(line) as { pgid?: number };
        if (pgid !== undefined) resolve(pgid);
      });
    });
    groups.push(group);
    const tool = { host: hostname(), ...(await identifyProcess(group))! };
    await began();
    return { child, group, attempt: anAttempt({ id: 'a-1', digest, tool }) };
  };
  const kill = async (child: ChildProcess) => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const asked = async (attempt: Attempt) => {
    const { context } = await anApplyContext(bench, STACK, { attemptId: attempt.id });
    return await recover(context, attempt);
  };

  it('goes on when the process that started it is killed, and its successor finds that it was done', async () => {
    const { child, group, attempt } = await start();
    await kill(child);
    expect(await asked(attempt)).toMatchObject({ outcome: 'still_running', orphanedLock: null });
    await go();
    await waitFor('the tool to finish', async () => !(await groupIsAlive(group)));
    expect(await asked(attempt)).toMatchObject({ outcome: 'applied', orphanedLock: null });
    expect((await state()).resources.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(await runs()).toBe(1);
  });

  it('is never called undone when its tool was killed; its lock is named, kept, and released when asked for', async () => {
    const { child, group, attempt } = await start();
    await kill(child);
    signalGroup(group, 'SIGKILL');
    await waitFor('the tool to end', async () => !(await groupIsAlive(group)));
    const recovery = await asked(attempt);
    expect(['partial', 'unknown']).toContain(recovery.outcome);
    expect(recovery.summary).toContain('terraform_data.first');
    const lock = recovery.orphanedLock!;
    expect(lock).toMatchObject({ operation: 'OperationTypeApply' });
    expect(lock.who).toContain(`@${hostname()}`);
    expect(existsSync(lockInfo())).toBe(true);

    const { context } = await anApplyContext(bench, STACK);
    await expect(apply(context, await approve())).rejects.toMatchObject({ code: 'lock_held' });
    await expect(unlock(context, { ...lock, id: 'another' })).rejects.toMatchObject({
      code: 'lock_changed',
    });
    await unlock(context, lock);
    expect(existsSync(lockInfo())).toBe(false);
    await unlock(context, lock);
    await go();
    expect(await apply(context, await approve())).toMatchObject({ status: 'applied' });
  });

  it('is not released from under a tool that lives', async () => {
    const { child, attempt } = await start();
    await kill(child);
    const lock = JSON.parse(await readFile(lockInfo(), 'utf8')) as { ID: string };
    const { context } = await anApplyContext(bench, STACK);
    const held = { id: lock.ID, who: '', operation: '', created: '' };
    await expect(unlock(context, held)).rejects.toMatchObject({ code: 'lock_held' });
    expect(existsSync(lockInfo())).toBe(true);
    // Killed between the tool's start and its record; the second has lost the tool's output as well.
    for (const id of [attempt.id, 'elsewhere'])
      expect(await asked({ ...attempt, id, tool: null })).toMatchObject({
        outcome: 'still_running',
        orphanedLock: null,
      });
    await go();
  });

  it('is not applied when it was killed before its tool began', async () => {
    const digest = await approve();
    const { context } = await anApplyContext(bench, STACK, {
      attemptId: 'a-1',
      onBegin: () => Promise.reject(new Error('killed here')),
    });
    await expect(apply(context, digest)).rejects.toThrow('killed here');
    expect(await asked(anAttempt({ id: 'a-1', digest }))).toMatchObject({
      outcome: 'not_applied',
      orphanedLock: null,
    });
    // What was to be done is no longer wanted: that is no apply of this attempt.
    await bench.write({ 'envs/prod/main.tf': '' });
    const later = await asked(anAttempt({ id: 'a-1', digest }));
    expect(later).toMatchObject({ outcome: 'not_applied', orphanedLock: null });
    expect(later.summary).toContain('never started');
  });

  it('leaves a whole state and no lock when it is cancelled', async () => {
    const controller = new AbortController();
    const { context } = await anApplyContext(bench, STACK, {
      signal: controller.signal,
      graceMs: 60_000,
    });
    const running = apply(context, await approve());
    await began();
    controller.abort();
    const result = await running;
    expect(result).toMatchObject({ status: 'failed', code: 'cancelled' });
    expect((result as { outcome: string }).outcome).not.toBe('not_applied');
    expect((await state()).resources.map(({ name }) => name)).toEqual(['first']);
    expect(existsSync(lockInfo())).toBe(false);
    const { context: again } = await anApplyContext(bench, STACK);
    expect((await verify(again)).ok).toBe(false);
  });

  it('says that it can not know when nothing of the attempt is to be found', async () => {
    const { context } = await anApplyContext(bench, STACK, { attemptId: 'elsewhere' });
    await bench.write({ 'envs/prod/main.tf': 'resource {' });
    const attempt = anAttempt({ id: 'elsewhere', digest: 'v1:sha256:0' });
    expect(await recover(context, attempt)).toMatchObject({ outcome: 'unknown', orphanedLock: null });
  });
});
