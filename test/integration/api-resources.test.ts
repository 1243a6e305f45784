import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StackResource } from '../../src/domain/resources/resource.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aToken } from '../support/a-token.ts';
import { aResource } from '../support/a-resource.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';

const WEB = aResource('shop/Deployment.apps/web', { images: ['example.com/web:1'] });
const POD = aResource('shop/Pod/web-1', { parent: WEB.address, sync: null });
const SICK = { status: 'degraded' as const, reason: 'it crashed' };

let now: Date;
let api: ApiFixture;

beforeEach(async () => {
  // After the plan, which the store dates itself.
  now = new Date(Date.now() + 60_000);
  api = await apiFixture({ repos: [aRepo({ name: 'homelab' })], deps: { clock: { now: () => now } } });
  const task = await storeTask(api.store, 'homelab', [aStack('apps/shop', { kind: 'kubernetes' })]);
  await storePlan(api.store, task.jobs[0]!, aPlan({ resources: [WEB] }));
  await finishTask(api.store, task.id);
  api.temporal.onInspect = async () => await find([WEB, POD]);
});

afterEach(() => api.close());

/** What a worker would leave in the store. */
async function find(resources: StackResource[], orphans: StackResource[] | null = null) {
  const at = now.toISOString();
  await api.store.resources.looked('homelab', 'apps/shop', { resources, orphans, notes: ['a note'] }, at);
  return { at, resources: resources.length, orphans: orphans?.length ?? null };
}

async function get(query = '', stack = 'apps/shop') {
  const answer = await api.app.inject(`/api/resources/homelab/${stack}${query}`);
  return { status: answer.statusCode, body: answer.json() };
}

const later = (seconds: number) => (now = new Date(now.getTime() + seconds * 1000));

describe('what a stack has, over the API', () => {
  it('is looked at, and as the last plan saw it where nobody wants a look', async () => {
    const planned = await get('?look=false');
    expect(planned.body).toMatchObject({ resources: [{ address: WEB.address, sync: 'synced' }], notes: [] });
    expect(api.temporal.inspected).toEqual([]);
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      repo: 'homelab',
      stack: 'apps/shop',
      age_seconds: 0,
      health: { status: 'healthy', reason: '' },
      resources: [
        { address: WEB.address, images: ['example.com/web:1'], hook: false },
        { address: POD.address, parent: WEB.address, sync: null },
      ],
      orphans: null,
      notes: ['a note'],
      problem: null,
    });
  });

  it('is shared by all who ask within a few seconds, and by those who ask at once', async () => {
    await Promise.all([get(), get(), get()]);
    later(4);
    await get();
    expect(api.temporal.inspected).toHaveLength(1);
    later(2);
    await get();
    expect(api.temporal.inspected).toHaveLength(2);
    await get('?max_age=60');
    expect(api.temporal.inspected).toHaveLength(2);
    expect((await get('?max_age=0')).status).toBe(400);
  });

  it('stays as it was last seen, with its age and the reason, while the cluster is down', async () => {
    await get();
    later(90);
    api.temporal.onInspect = () => {
      throw new PlumblineError('cluster_unreachable', 'Cluster home does not answer.');
    };
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      age_seconds: 90,
      resources: [{ address: WEB.address }, { address: POD.address }],
      problem: { code: 'cluster_unreachable', message: 'Cluster home does not answer.' },
    });
    api.temporal.down = true;
    expect((await get()).body).toMatchObject({ problem: { code: 'temporal_unavailable' } });
  });

  it('has what nobody declared only where that is asked for, even if a plain look was joined', async () => {
    const orphan = aResource('shop/ConfigMap/by-hand', { sync: null, health: null });
    let looks = 0;
    api.temporal.onInspect = async () => await find([WEB], ++looks === 1 ? null : [orphan]);
    const { body } = await get('?orphans=true');
    expect(body).toMatchObject({ orphans: [{ address: orphan.address, health: null }] });
    expect(api.temporal.inspected.map(({ orphans }) => orphans)).toEqual([true, true]);
    await get('?orphans=true');
    expect(looks).toBe(2);
  });

  it('tells lists of stacks how they do, by the newer of plan and look', async () => {
    const health = async () => {
      const { stacks } = (await api.app.inject('/api/repos/homelab/stacks')).json();
      return stacks[0].health;
    };
    expect(await health()).toEqual({ status: 'healthy', reason: '' });
    await find([{ ...WEB, health: SICK }]);
    expect(await health()).toEqual({ status: 'degraded', reason: `${WEB.address} is degraded: it crashed` });
  });

  it('is nothing of a stack that nobody knows', async () => {
    expect((await get('', 'apps/none')).status).toBe(404);
    await api.store.stacks.discovered('homelab', [], { complete: true });
    expect(await api.store.resources.get('homelab', 'apps/shop')).toEqual({ declared: null, looked: null });
  });
});

describe('where an object comes from, over the API', () => {
  it('is told to those who may see its stack, and to nobody else', async () => {
    const grants = [{ role: 'viewer' as const, repos: ['homelab'], environments: [] }];
    const elsewhere = [{ role: 'viewer' as const, repos: ['another'], environments: [] }];
    const tokens = [
      aToken('alice@example.com', 'alice', { grants }),
      aToken('mallory@example.com', 'mallory', { grants: elsewhere }),
    ];
    api.reload({
      auth: { mode: 'tokens', tokens, oidc: [] },
      repos: ['homelab', 'another'].map((name) => aRepo({ name })),
    });
    await find([WEB, POD]);
    const trace = async (who: string, query: string) => {
      const headers = { authorization: `Bearer ${who}` };
      const answer = await api.app.inject({ url: `/api/trace?object=${query}`, headers });
      return { status: answer.statusCode, body: answer.json() };
    };
    const seen = await trace('alice', 'pod/web-1');
    expect(seen).toMatchObject({
      status: 200,
      body: {
        traces: [{ object: POD.address, owners: [WEB.address], sync: 'synced', stack: { key: 'apps/shop' } }],
      },
    });
    expect(await trace('mallory', 'pod/web-1')).toEqual({ status: 200, body: { traces: [] } });
    expect((await trace('alice', 'pod/web-1&namespace=other')).body).toEqual({ traces: [] });
    expect((await trace('alice', 'web-1')).status).toBe(400);
  });
});
