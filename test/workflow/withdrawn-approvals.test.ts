import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wakeApproval } from '../../src/temporal/requests.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import type { EnvironmentSettings } from '../../src/domain/eligibility/policy.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const [KEY, OTHER] = ['envs/prod', 'envs/dev'];
const signer = aSigner();
const repo = aRepo();
const settingsWith = (environments: EnvironmentSettings[]) => publishedSettings([repo], { environments });
const PRODUCTION = anEnvironment('production', { approvals: { required: 1 } });

let temporal: TestTemporal;
let test: TestWorkers;
/** The stacks of the repo, by key, and whether each has drifted. */
let stacks: Map<string, boolean>;

beforeAll(async () => {
  temporal = await startTestTemporal();
  const driver = aFakeDriver([], ({ stack }) =>
    stacks.get(stack.key) === true ? { changes: [aDriftedChange()] } : undefined,
  );
  const discover = async () => ({
    stacks: [...stacks.keys()].map((key) => ({
      key,
      kind: 'fake',
      path: key,
      workspace: 'default',
      dependsOn: [],
    })),
    warnings: [],
  });
  test = await startTestWorkers(temporal, {
    drivers: [{ ...driver, discover }],
    settings: settingsWith([PRODUCTION]),
    overrides: { verifySigned: signer.verify },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

async function askedAbout(key = KEY): Promise<Approval> {
  const sync = await test.sync(repo.name, { actor: 'carol@example.com', stacks: [key] });
  expect(await sync.result()).toMatchObject({ status: 'awaiting_approval' });
  return (await test.store.approvals.latest(repo.name, key))!;
}

const publish = (environments: EnvironmentSettings[]) =>
  test.store.configs.publish(settingsWith(environments), new Date().toISOString());

async function expectWithdrawn({ id, stackKey, environment }: Approval, reason: string): Promise<void> {
  const ended = temporal.client.workflow.getHandle(`approval/${repo.name}/${stackKey}`);
  expect(await ended.result()).toMatchObject({ approval_id: id, status: 'withdrawn' });
  expect((await test.store.approvals.get(id))?.status).toBe('withdrawn');
  const records = await test.store.audit.list({ stackKey, afterSeq: 0, limit: 999 });
  const record = records.findLast(({ action }) => action === 'approval.withdrawn');
  expect(record).toMatchObject({ details: { approval: id }, environment });
  expect(record?.reason).toContain(reason);
}

beforeEach(() => {
  stacks = new Map([
    [KEY, true],
    [OTHER, false],
  ]);
});

describe('an approval that nobody needs any more', () => {
  it('is withdrawn when a scan finds the stack in sync again', async () => {
    const approval = await askedAbout();
    expect(approval.status).toBe('waiting');
    stacks.set(KEY, false);
    await (await test.scan(repo.name)).result();
    await expectWithdrawn(approval, 'is in sync');
  });

  it('stands when a scan finds the same drift', async () => {
    const approval = await askedAbout();
    await (await test.scan(repo.name)).result();
    expect((await test.store.approvals.get(approval.id))?.status).toBe('waiting');
  });

  it('is withdrawn when its stack is no longer in the repository', async () => {
    const approval = await askedAbout();
    expect(approval.status).toBe('waiting');
    stacks.delete(KEY);
    await (await test.scan(repo.name)).result();
    await expectWithdrawn(approval, `The stack ${KEY} is no longer in ${repo.name}`);
  });

  it('is withdrawn when its environment has left the config, as soon as it is woken', async () => {
    await publish([{ ...PRODUCTION, name: 'shop', sources: [{ repo: null, ref: null, paths: [KEY] }] }]);
    const approval = await askedAbout();
    const { id, digest } = approval;
    expect(approval.environment).toBe('shop');
    await publish([PRODUCTION]);
    const target = { client: temporal.client, taskQueue: test.taskQueue };
    await wakeApproval(target, { repo: repo.name, key: KEY, signal: { approval_id: id, digest } });
    await expectWithdrawn(approval, 'no longer belongs to the environment shop, but to production');
  });

  it('is withdrawn when an emergency apply has been faster', async () => {
    const approval = await askedAbout();
    const task_id = `${repo.name}:${Date.now()}`;
    const emergency = signer.emergency({ repo: repo.name, taskId: task_id }, 'root@example.com');
    const sync = await test.sync(repo.name, { actor: 'root@example.com', task_id, emergency, stacks: [KEY] });
    expect(await sync.result()).toMatchObject({ applied: 1 });
    await expectWithdrawn(approval, 'was applied');
    await waitFor('the end', async () => (await test.store.tasks.active(repo.name)) === undefined);
  });
});
