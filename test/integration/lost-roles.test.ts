import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExceptionFinder } from '../../src/api/compliance/exceptions.ts';
import { withdrawLostRoles } from '../../src/api/lost-roles.ts';
import { followConfig } from '../../src/cli/processes/follow-config.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import type { Role } from '../../src/domain/person.ts';
import type { AuthSettings } from '../../src/domain/settings.ts';
import type { DecidedJson } from '../../src/api/schemas/approval.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storePlan, storeTask } from '../support/api-data.ts';
import { testLog } from '../support/temporal.ts';
import { anEntry, aSigningKey, presentPlan, takeDecisions } from '../support/ui-control.ts';
import { aRepo, publishedSettings } from '../support/workers.ts';

const STACK = 'envs/prod';
const person = (name: string, role: Role) =>
  aToken(`${name}@example.com`, name, { grants: [{ role, repos: [], environments: [] }] });
const authOf = (bob: Role): AuthSettings => ({
  mode: 'tokens',
  tokens: [person('bob', bob), person('carol', 'approver')],
  oidc: [],
});

let api: ApiFixture;
let approval: Approval;
let woken: string[];

beforeEach(async () => {
  woken = [];
  api = await apiFixture({ auth: authOf('approver'), deps: { signingKey: aSigningKey() } });
  api.temporal.decide = takeDecisions(api.store);
  const { jobs } = await storeTask(api.store, 'my-infra', [aStack(STACK)]);
  await storePlan(api.store, jobs[0]!);
  const requirement = { required: 2, teams: [], codeOwners: [], requireLastPushApproval: false };
  approval = await presentPlan(api.store, 'my-infra', STACK, { requirement });
});
afterEach(() => api.close());

async function approve(who: string): Promise<string> {
  const answer = await api.app.inject({
    method: 'POST',
    url: `/api/approvals/my-infra/${STACK}/approve`,
    headers: { authorization: `Bearer ${who}` },
    payload: { digest: approval.digest },
  });
  return answer.json<DecidedJson>().approval.status;
}

/** What a server does with every config that it loads. */
const follow = (auth: AuthSettings, wake?: () => Promise<void>) =>
  withdrawLostRoles({
    store: api.store,
    clock: { now: () => new Date() },
    log: api.app.log,
    auth,
    wake: async ({ id }) => {
      woken.push(id);
      await wake?.();
    },
  });
const placeOf = ({ id, stackKey, digest }: Approval) => ({ approvalId: id, stackKey, digest });
const status = async () => (await api.store.approvals.get(approval.id))?.status;

describe('a config that takes a role away', () => {
  it('takes back what that person has approved, writes it down, and wakes the approval', async () => {
    await approve('bob');
    expect(await approve('carol')).toBe('approved');
    await follow(authOf('operator'));
    expect(await status()).toBe('waiting');
    const standing = (await api.store.approvals.decisions(approval.id)).filter(
      (one) => one.withdrawnAt === null,
    );
    expect(standing.map(({ by }) => by)).toEqual(['carol@example.com']);
    expect((await api.store.audit.newest({ limit: 1 }))[0]).toMatchObject({
      action: 'decision.withdrawn',
      actor: 'plumbline',
      stackKey: STACK,
      digest: approval.digest,
      reason: 'bob@example.com may not decide on plans there any more.',
    });
    expect(woken).toEqual([approval.id]);
    await follow(authOf('operator'));
    expect(woken).toEqual([approval.id]);
  });

  it('takes back all of it before it wakes the first', async () => {
    await approve('bob');
    const { jobs } = await storeTask(api.store, 'my-infra', [aStack('envs/test')]);
    await storePlan(api.store, jobs[0]!);
    const { requirement } = approval;
    const other = await presentPlan(api.store, 'my-infra', 'envs/test', { requirement });
    await api.store.approvals.decide(
      { ...(await api.store.approvals.decisions(approval.id))[0]!, id: 'other', ...placeOf(other) },
      () => ({ status: 'waiting' }),
      () => [],
    );
    const standing: number[] = [];
    await follow(authOf('operator'), async () => {
      const decisions = [approval.id, other.id].map((id) => api.store.approvals.decisions(id));
      const all = (await Promise.all(decisions)).flat();
      standing.push(all.filter(({ withdrawnAt }) => withdrawnAt === null).length);
    });
    expect(standing).toEqual([0, 0]);
  });

  it('does so although Temporal, which schedules need, does not answer', async () => {
    await approve('bob');
    const connection = Connection.lazy({ address: '127.0.0.1:1', interceptors: [] });
    const settings = {
      auth: authOf('operator'),
      published: publishedSettings([aRepo({ name: 'my-infra', schedule: '0 * * * *' })]),
      temporal: { taskQueue: 'plumbline' },
    };
    const following = followConfig(
      { store: api.store, log: testLog(), settings },
      { client: new Client({ connection }) },
    );
    await expect(following).rejects.toThrow('Failed to list schedules');
    await connection.close();
    const standing = await api.store.approvals.decisions(approval.id);
    expect(standing.every(({ withdrawnAt }) => withdrawnAt !== null)).toBe(true);
  });

  it('leaves everything as it is while the roles do', async () => {
    await approve('bob');
    await approve('carol');
    await follow(authOf('approver'));
    expect([await status(), woken]).toEqual(['approved', []]);
  });

  it('leaves no approval that a report of compliance would count', async () => {
    await approve('bob');
    await follow(authOf('operator'));
    const { digest } = approval;
    await api.store.audit.append(anEntry({ action: 'apply.started', digest, details: { rule: 'approval' } }));
    const find = createExceptionFinder();
    const records = (await api.store.audit.newest({ limit: 50 })).toReversed();
    expect(records.flatMap(find).map(({ kind }) => kind)).toEqual(['unreviewed_apply']);
  });
});
