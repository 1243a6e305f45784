import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthJson, RepoDetailJson, RepoJson } from '../../src/api/schemas/repo.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aRepo } from '../support/api-settings.ts';

let api: ApiFixture;
beforeAll(async () => {
  api = await apiFixture({
    repos: [aRepo({ name: 'polled', intervalMs: 60_000 }), aRepo({ name: 'still' })],
  });
});
afterAll(async () => await api.close());

const MINUTE_MS = 60_000;
const get = async <T>(url: string) => (await api.app.inject(url)).json<T>();

describe('GET /api/health of what watches', () => {
  it('is degraded while a watch of live objects fails, and says by its code why', async () => {
    const { store } = api;
    const error = { code: 'kube_forbidden', message: 'Cluster home, LIST Secret: forbidden.' };
    const watch = { target: 'kubernetes/home', worker: 'one:1', stacks: 2, aliveAt: null };
    const at = new Date();
    const lease = { at: at.toISOString(), until: new Date(at.getTime() + MINUTE_MS).toISOString() };
    await store.watches.keep({ ...watch, error }, lease);
    const failing = await get<HealthJson>('/api/health');
    expect(failing).toMatchObject({
      status: 'degraded',
      watches: [
        { target: 'kubernetes/home', state: 'failing', stacks: 2, heard_at: null, code: 'kube_forbidden' },
      ],
    });
    expect(JSON.stringify(failing)).not.toContain('Secret');
    await store.watches.keep({ ...watch, aliveAt: lease.at, error: null }, lease);
    expect(await get('/api/health')).toMatchObject({
      status: 'ok',
      watches: [{ target: 'kubernetes/home', state: 'ok', heard_at: lease.at, code: null }],
    });
    await store.watches.release(watch.target, watch.worker);
    expect(await get('/api/health')).toMatchObject({ status: 'ok', watches: [] });
  });
});

describe('what is said of a repo’s Git', () => {
  it('is when it was last reached, and since when and why it is not', async () => {
    const { polls } = api.store;
    const error = { code: 'auth_failed', message: 'The host refused the token.' };
    const at = (minute: number) => new Date(Date.UTC(2026, 2, 4, 12, minute)).toISOString();
    const gits = async () =>
      (await get<{ repos: RepoJson[] }>('/api/repos')).repos.map(({ name, git }) => [name, git]);
    expect(await gits()).toEqual([
      ['polled', null],
      ['still', null],
    ]);
    await polls.reached('polled', 'c0ffee', at(1));
    await polls.reached('still', 'c0ffee', at(1));
    await polls.failed('polled', error, at(2));
    const git = { commit: 'c0ffee', reached_at: at(1), failing_since: at(2), error };
    expect(await gits()).toEqual([
      ['polled', git],
      ['still', null],
    ]);
    expect(await get<RepoDetailJson>('/api/repos/polled')).toMatchObject({ git });
  });
});
