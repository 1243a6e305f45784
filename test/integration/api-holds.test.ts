import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LockJson } from '../../src/api/schemas/attempt.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, COMMIT, storeTask } from '../support/api-data.ts';

let api: ApiFixture;
let nowMs = Date.parse('2026-01-01T12:00:00.000Z');

beforeEach(async () => {
  nowMs = Date.parse('2026-01-01T12:00:00.000Z');
  api = await apiFixture({ deps: { clock: { now: () => new Date(nowMs) } } });
  await storeTask(api.store, 'my-infra', [aStack('envs/prod')]);
});

afterEach(() => api.close());

const send = (method: 'POST' | 'DELETE', url: string, payload: object) =>
  api.app.inject({ method, url, payload });
const last = async () => (await api.store.audit.last())!;

describe('holds', () => {
  it.each([
    [
      { scope: 'repo', repo: 'my-infra' },
      { repo: 'my-infra', name: '' },
    ],
    [
      { scope: 'environment', name: 'prod' },
      { repo: null, name: 'production' },
    ],
    [
      { scope: 'stack', repo: 'my-infra', name: 'envs/prod' },
      { repo: 'my-infra', name: 'envs/prod' },
    ],
  ])('pause and resume %j', async (place, kept) => {
    const held = await send('POST', '/api/holds', { ...place, reason: 'maintenance' });
    expect(held.json()).toMatchObject({ kind: 'pause', reason: 'maintenance', ...kept });
    expect(await last()).toMatchObject({ action: 'hold.placed', reason: 'maintenance' });
    expect((await api.app.inject('/api/holds')).json<{ holds: object[] }>().holds).toMatchObject([kept]);
    expect((await send('DELETE', '/api/holds', place)).statusCode).toBe(200);
    expect((await last()).action).toBe('hold.released');
    expect((await api.app.inject('/api/holds')).json()).toEqual({ holds: [] });
    expect((await send('DELETE', '/api/holds', place)).json()).toMatchObject({ code: 'not_held' });
  });

  it('need a reason, and a pin needs a commit', async () => {
    const place = { scope: 'repo', repo: 'my-infra' };
    expect((await send('POST', '/api/holds', place)).json()).toMatchObject({ code: 'reason_needed' });
    const pin = await send('POST', '/api/holds', { ...place, kind: 'pin', reason: 'rolled back' });
    expect(pin.json()).toMatchObject({ code: 'invalid_request' });
  });
});

describe('locks', () => {
  const URL = '/api/locks/my-infra/envs/prod';
  const worker = { host: 'h', pid: 7, startedAt: 's', bootId: 'b', pidNamespace: 'n' };
  const begin = (repo = 'my-infra') =>
    api.store.attempts.begin(
      {
        id: 'attempt-1',
        kind: 'apply',
        repo,
        stackKey: 'envs/prod',
        taskId: 't',
        jobId: 'j',
        digest: 'd',
        commit: COMMIT,
        rule: 'policy',
        approvalId: null,
        worker,
        outputPath: null,
        startedAt: new Date(nowMs).toISOString(),
      },
      {},
    );
  const release = (attempt: string) =>
    send('POST', `${URL}/release`, { attempt_id: attempt, reason: 'the host burnt down' });

  it('name the worker, and are not released while it may be at work', async () => {
    await begin();
    const lock = (await api.app.inject(URL)).json<LockJson>();
    expect(lock).toMatchObject({ lease: { attempt_id: 'attempt-1', worker: 'h:7' }, releasable: false });
    expect((await release('attempt-1')).json()).toMatchObject({ status: 409, code: 'lock_in_use' });
    expect((await release('attempt-0')).json()).toMatchObject({ status: 409, code: 'lock_changed' });
  });

  it('of another branch of the same entry are told, and not released from here', async () => {
    await begin('my-infra@x');
    nowMs += 2_000_000;
    expect((await api.app.inject(URL)).json<LockJson>()).toMatchObject({
      lease: { attempt_id: 'attempt-1' },
      attempt: null,
      releasable: false,
      why: 'my-infra@x, another branch of the same entry, is at work on this folder: see there',
    });
    expect((await release('attempt-1')).json()).toMatchObject({ status: 409, code: 'lock_in_use' });
    expect(await api.store.attempts.get('attempt-1')).toMatchObject({ status: 'started' });
  });

  it('are released when nothing was heard for their life, or what became of the attempt is not known', async () => {
    await begin();
    nowMs += 2_000_000;
    const released = await release('attempt-1');
    expect(released.json(), released.body).toMatchObject({ attempt: { status: 'failed' } });
    expect(await api.store.attempts.lease('my-infra', 'envs/prod')).toBeUndefined();
    expect(await last()).toMatchObject({ action: 'lock.released', reason: 'the host burnt down' });
    const attempts = (await api.app.inject('/api/attempts?repo=my-infra')).json<{ attempts: object[] }>();
    expect(attempts.attempts).toMatchObject([{ id: 'attempt-1', worker: 'h:7', status: 'failed' }]);
  });

  const stateLock = { id: 'l-1', who: 'plumbline@h', operation: 'OperationTypeApply', created: 'then' };
  const left = { id: 'attempt-1', status: 'partial', host: 'h', pid: 7, started_at: 'then' };
  const found = { lock: stateLock, attempt: left, releasable: true, released: false, why: 'It is dead.' };

  it('of a state are looked at by a worker, and released by their ID', async () => {
    api.temporal.onUnlock = ({ release = false }) => ({ ...found, released: release });
    expect((await send('POST', `${URL}/look`, {})).json()).toEqual({
      state_lock: stateLock,
      attempt: left,
      releasable: true,
      why: 'It is dead.',
    });
    const body = { lock_id: 'l-1', reason: 'killed' };
    expect((await send('POST', `${URL}/release`, body)).json()).toMatchObject({
      attempt: null,
      state_lock: 'l-1',
    });
    expect(api.temporal.unlocked.at(-1)).toMatchObject({
      repo: 'my-infra',
      key: 'envs/prod',
      queue: 'stacks',
      release: true,
      lock_id: 'l-1',
      actor: expect.any(String) as string,
      reason: 'killed',
    });
  });

  it.each([
    ['lock_foreign', 409],
    ['no_worker', 503],
    ['lock_changed', 409],
  ])('of a state that are refused as %s answer %i, and nothing is released', async (code, status) => {
    await begin();
    nowMs += 2_000_000;
    api.temporal.onUnlock = () => Promise.reject(new PlumblineError(code, 'It is not released.'));
    const body = { attempt_id: 'attempt-1', lock_id: 'l-1', reason: 'killed' };
    expect((await send('POST', `${URL}/release`, body)).json()).toMatchObject({ status, code });
    expect(await api.store.attempts.lease('my-infra', 'envs/prod')).toBeDefined();
  });

  it('are not released without a reason, nor without saying which', async () => {
    for (const body of [{ reason: 'why' }, { attempt_id: 'attempt-1' }, { lock_id: 'l-1', reason: '' }])
      expect((await send('POST', `${URL}/release`, body)).json()).toMatchObject({ code: 'invalid_request' });
  });

  it('say that nobody holds a stack', async () => {
    expect((await api.app.inject(URL)).json()).toMatchObject({ lease: null, releasable: false });
    expect((await api.app.inject('/api/repos/my-infra/stacks/envs/prod/backups')).json()).toEqual({
      backups: [],
    });
  });
});
