import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { anApplyContext, anAttempt, digestOf } from '../support/applying.ts';
import { anHttpState, type HttpState } from '../support/http-state.ts';
import { aBench, aStack, planIn, type Bench } from '../support/terraform.ts';

const STACK = aStack('terraform', 'envs/prod');
const { apply, backup, planRestore, recover, restore, unlock, verify } = terraformDriver as Required<
  typeof terraformDriver
>;

let bench: Bench;
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

const approve = async () => digestOf((await planIn(terraformDriver, bench, STACK)).plan.identity);
const write = (backend: string, input: string) =>
  bench.write({
    'envs/prod/main.tf': `terraform {\n  ${backend}\n}\nresource "terraform_data" "a" {\n  input = ${input}\n}\n`,
  });
const applied = async () => {
  const { context } = await anApplyContext(bench, STACK);
  expect(await apply(context, await approve())).toMatchObject({ status: 'applied' });
};

describe('restoring a state', () => {
  const statePath = () => join(bench.live, 'terraform.tfstate');
  const local = (input: string) => write(`backend "local" {\n    path = "${statePath()}"\n  }`, input);
  const serial = async () => (JSON.parse(await readFile(statePath(), 'utf8')) as { serial: number }).serial;

  it('keeps what is there, and makes the saved one its successor', async () => {
    await local('12345678901234567890');
    await applied();
    const first = await anApplyContext(bench, STACK);
    const saved = await backup(first.context);
    const content = first.artifacts[0]!.content;
    await local('"two"');
    await applied();
    const present = await readFile(statePath(), 'utf8');
    const before = await serial();

    const { context, begun, artifacts } = await anApplyContext(bench, STACK);
    const state = { id: 'backup-1', content: Buffer.from(content) };
    const plan = await planRestore(context, state);
    expect(plan.changes).toMatchObject([
      {
        address: 'state',
        kind: 'saved_state',
        attributes: [
          { pointer: '/serial', before, after: before + 1 },
          { pointer: '/terraform_data.a', before: 'in the state', after: 'in the state, otherwise' },
        ],
      },
    ]);
    expect(JSON.stringify(plan.changes)).not.toContain('12345678901234567890');
    const restored = await restore(context, state, digestOf(plan.identity));
    expect(restored).toEqual({ status: 'restored', lineage: saved.lineage, serial: await serial() });
    expect(begun).toMatchObject([{ serial: before, lineage: saved.lineage }]);
    expect(JSON.parse(artifacts[0]!.content)).toEqual(JSON.parse(present));
    const now = await readFile(statePath(), 'utf8');
    // A local state counts once more when it is written.
    expect(await serial()).toBe(before + 2);
    // Read and written as JSON, it would have lost its last digits.
    expect(now).toContain('12345678901234567890');
    expect((await verify(context)).plan.changes).toMatchObject([
      { address: 'terraform_data.a', action: 'update' },
    ]);
  });

  it('refuses a state of something else', async () => {
    await local('"one"');
    await applied();
    const untouched = await readFile(statePath(), 'utf8');
    const other = untouched.replace(/"lineage": "[^"]*"/, '"lineage": "another"');
    const { context, begun } = await anApplyContext(bench, STACK);
    for (const [text, code] of [
      [other, 'state_mismatch'],
      ['no state', 'state_unreadable'],
    ] as const) {
      const state = { id: 'backup-1', content: Buffer.from(text) };
      await expect(planRestore(context, state)).rejects.toMatchObject({ code });
      await expect(restore(context, state, 'any digest')).rejects.toMatchObject({ code });
    }
    expect(begun).toEqual([]);
    expect(await readFile(statePath(), 'utf8')).toBe(untouched);
  });

  it('is known to be done, or not, afterwards', async () => {
    await local('"one"');
    await applied();
    const old = { id: 'backup-1', content: await readFile(statePath()) };
    await local('"two"');
    await applied();
    const attempt = anAttempt({ id: 'r-1', kind: 'rollback' });
    const { context } = await anApplyContext(bench, STACK, {
      attemptId: 'r-1',
      onBegin: () => Promise.reject(new Error('killed here')),
    });
    const digest = digestOf((await planRestore(context, old)).identity);
    await expect(restore(context, old, digest)).rejects.toThrow('killed here');
    expect(await recover(context, attempt)).toMatchObject({ outcome: 'not_applied' });
    await restore({ ...context, onBegin: async () => undefined }, old, digest);
    expect(await recover(context, attempt)).toMatchObject({ outcome: 'applied' });
    const state = await readFile(statePath(), 'utf8');
    await writeFile(statePath(), state.replace('"one"', '"three"'));
    expect(await recover(context, attempt)).toMatchObject({ outcome: 'unknown' });
  });
});

describe('a state behind a server', () => {
  let http: HttpState;
  beforeEach(async () => {
    http = await anHttpState();
    await remote('"one"');
  });
  afterEach(() => http.close());
  const remote = (input: string) =>
    write(
      `backend "http" {\n    address = "${http.url}"\n    lock_address = "${http.url}"\n    unlock_address = "${http.url}"\n  }`,
      input,
    );
  const LOCK = JSON.stringify({ ID: 'l-1', Operation: 'OperationTypeApply', Who: 'alice@build-1' });

  it('is applied under its lock, which is released', async () => {
    await applied();
    expect(http.lock).toBe('');
    const order = http.methods.filter((method) => method !== 'GET');
    expect(order.slice(-3)).toEqual(['LOCK', 'POST', 'UNLOCK']);
    expect(JSON.parse(http.state)).toMatchObject({ serial: 1 });
  });

  it('is locked by somebody: the lock is named before anything begins', async () => {
    const digest = await approve();
    http.lock = LOCK;
    const { context, begun } = await anApplyContext(bench, STACK);
    await expect(apply(context, digest)).rejects.toMatchObject({
      code: 'lock_held',
      details: { lock: { id: 'l-1' } },
    });
    expect(begun).toEqual([]);
    expect(http.lock).toBe(LOCK);
  });

  it('is locked by somebody after all looks at it: nothing was applied', async () => {
    const digest = await approve();
    const { context } = await anApplyContext(bench, STACK, {
      onBegin: async () => {
        http.lock = LOCK;
      },
    });
    const result = await apply(context, digest);
    expect(result).toMatchObject({ status: 'failed', outcome: 'not_applied', code: 'lock_held' });
    expect((result as { message: string }).message).toContain('lock ID l-1');
    expect(http.state).toBe('');
  });

  it('is unlocked by the very ID only', async () => {
    await applied();
    http.lock = LOCK;
    const { context } = await anApplyContext(bench, STACK);
    const lock = { id: 'l-1', who: '', operation: '', created: '' };
    await expect(unlock(context, { ...lock, id: 'l-0' })).rejects.toMatchObject({ code: 'lock_changed' });
    expect(http.lock).toBe(LOCK);
    await unlock(context, lock);
    expect(http.lock).toBe('');
  });

  it('shows the lock that a dead tool left', async () => {
    const digest = await approve();
    const attempt = anAttempt({ id: 'a-1', digest, worker: { ...anAttempt({}).worker, host: hostname() } });
    const { context } = await anApplyContext(bench, STACK, {
      attemptId: 'a-1',
      onBegin: () => Promise.reject(new Error('killed here')),
    });
    await expect(apply(context, digest)).rejects.toThrow('killed here');
    expect(await recover(context, attempt)).toMatchObject({ outcome: 'not_applied', orphanedLock: null });
    http.lock = LOCK;
    // Its tool is not on record: it may have been started on a machine that can't be looked at.
    expect(await recover(context, attempt)).toMatchObject({
      outcome: 'unknown',
      orphanedLock: { id: 'l-1' },
    });
    expect(http.lock).toBe(LOCK);
  });

  it('that could not be saved is kept, encrypted', async () => {
    const digest = await approve();
    const { context, artifacts } = await anApplyContext(bench, STACK, {
      onBegin: async () => {
        http.readOnly = true;
      },
    });
    const result = await apply(context, digest);
    expect(result).toMatchObject({ status: 'failed', outcome: 'partial' });
    expect((result as { message: string }).message).toContain('could not save the state');
    const kept = artifacts.find(({ kind }) => kind === 'state');
    expect(kept?.content).toContain('"terraform_data"');
  });
});
