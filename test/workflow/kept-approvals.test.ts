import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startRollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  aRepo,
  movingCheckouts,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const [OLD, NEW, NEXT] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];
const [KEY, OTHER] = ['envs/prod', 'envs/dev'];
const PRODUCTION = anEnvironment('production', { approvals: { required: 1 } });
const signer = aSigner();

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal?.stop();
});

async function say(test: TestWorkers, approval: Approval, verb: 'approve' | 'reject'): Promise<void> {
  const message = signer.decision(approval, 'alice@example.com', verb);
  const target = { client: temporal.client, taskQueue: test.taskQueue };
  await decide(target, { repo: approval.repo, key: approval.stackKey, verb, message });
}

describe('an approval of a stack that only some commits have', () => {
  let test: TestWorkers;
  let repo: ReturnType<typeof aRepo>;
  let head: string;

  beforeAll(async () => {
    const driver = aFakeDriver([], ({ stack }) =>
      stack.key === KEY ? { changes: [aDriftedChange()] } : undefined,
    );
    const discover: typeof driver.discover = async ({ commit }) => ({
      stacks: (commit === NEW ? [KEY, OTHER] : [OTHER]).map((key) => ({
        key,
        kind: 'fake',
        path: key,
        workspace: 'default',
        dependsOn: [],
      })),
      warnings: [],
    });
    const git = movingCheckouts('/', () => head);
    test = await startTestWorkers(temporal, {
      drivers: [{ ...driver, discover }],
      settings: publishedSettings([]),
      overrides: {
        verifySigned: signer.verify,
        workbench: () => ({ git, tools: () => Promise.reject(new Error('no tools here')) }),
      },
    });
  });
  afterAll(() => test?.stop());

  beforeEach(async () => {
    repo = aRepo();
    const settings = publishedSettings([repo], { environments: [PRODUCTION] });
    await test.store.configs.publish(settings, new Date().toISOString());
    head = NEW;
  });

  async function askedAbout(input: Record<string, unknown> = {}): Promise<Approval> {
    const sync = await test.sync(repo.name, { actor: 'carol@example.com', stacks: [KEY], ...input });
    expect(await sync.result()).toMatchObject({ status: 'awaiting_approval' });
    return (await test.store.approvals.latest(repo.name, KEY))!;
  }
  const scan = async (input: Record<string, unknown> = {}) =>
    await (await test.scan(repo.name, input)).result();
  const statusOf = async ({ id }: Approval) => (await test.store.approvals.get(id))?.status;

  it('stands when somebody scans an earlier commit that lacks the stack', async () => {
    const approval = await askedAbout();
    await scan({ commit: OLD });
    await scan({ stack: OTHER });
    expect(await statusOf(approval)).toBe('waiting');
    expect(await test.store.stacks.get(repo.name, KEY)).toBeDefined();
  });

  it('stays rejected then', async () => {
    const approval = await askedAbout();
    await say(test, approval, 'reject');
    await scan({ commit: OLD });
    await scan({ stack: OTHER });
    expect(await statusOf(approval)).toBe('rejected');
  });

  it('is withdrawn when the newest commit lacks it', async () => {
    const approval = await askedAbout();
    head = NEXT;
    await scan();
    expect(await statusOf(approval)).toBe('withdrawn');
    expect(await test.store.stacks.get(repo.name, KEY)).toBeUndefined();
  });

  it('stands when the newest commit lacks it but its own was named, and its stack stays known so long', async () => {
    head = OLD;
    await scan();
    const approval = await askedAbout({ commit: NEW });
    await scan();
    expect(await statusOf(approval)).toBe('waiting');
    expect(await test.store.stacks.get(repo.name, KEY)).toBeDefined();
  });
});

it(
  'the approval of a rollback stands although the protected branch lacks the stack',
  { timeout: 120_000 },
  async () => {
    const [kept, removed] = ['envs/prod/app', 'envs/prod/net'];
    const test = await startRollbackTest(temporal, {
      environments: [PRODUCTION],
      overrides: { verifySigned: signer.verify },
    });
    try {
      const { store } = test.workers;
      const good = await test.push({ [`${kept}/stack`]: 'app', [`${removed}/stack`]: 'net' });
      await test.push({ [`${removed}/stack`]: null });
      await test.run('scan');
      await test.git.hook('pre-receive', 'echo "Changes must be made through a pull request"; exit 1');
      await test.run('rollback', { to_commit: good, stacks: [removed], actor: 'carol@example.com' });
      const approval = (await store.approvals.latest(test.repo.name, removed))!;
      expect(approval.status).toBe('waiting');
      await test.run('scan');
      expect((await store.approvals.get(approval.id))?.status).toBe('waiting');
      await say(test.workers, approval, 'approve');
      await waitFor('the apply', () => test.driver.applied.includes(`${removed}: net`));
      await test.settled();
      expect((await store.approvals.get(approval.id))?.status).toBe('used');
    } finally {
      await test.stop();
    }
  },
);
