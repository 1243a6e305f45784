import { decide, wakeApproval } from '../../src/temporal/requests.ts';
import { aHold } from '../support/an-eligibility.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

const KEY = 'envs/prod';
const signer = aSigner();

/** An approval that nobody gives in its time, and one that a pause holds back until it is released. */
export async function recordApprovals(on: TestTemporal): Promise<void> {
  await presented(on, 'expired', 5_000, async ({ store }, name) => {
    await waitFor('its end', async () => (await store.approvals.latest(name, KEY))?.status === 'expired');
  });
  await presented(on, 'held-back', null, (test, name) => heldBack(on, test, name));
}

async function presented(
  on: TestTemporal,
  name: string,
  expiresAfterMs: number | null,
  run: (test: TestWorkers, name: string) => Promise<void>,
): Promise<void> {
  const approvals = { required: 1, ...(expiresAfterMs === null ? {} : { expiresAfterMs }) };
  const driver = aFakeDriver([KEY], () => ({ changes: [aDriftedChange()] }));
  const settings = publishedSettings([aRepo({ name })], {
    environments: [anEnvironment('production', { approvals })],
  });
  const overrides = { verifySigned: signer.verify };
  const test = await startTestWorkers(on, { drivers: [driver], settings, overrides });
  try {
    await (await test.sync(name, { actor: 'carol@example.com' })).result();
    await run(test, name);
    await on.client.workflow.getHandle(`approval/${name}/${KEY}`).result();
    await on.client.workflow.getHandle(`repo/${name}`).result();
    await save(on, `approval-${name}`, `approval/${name}/${KEY}`);
  } finally {
    await test.stop();
  }
}

/** Approves it while the repo is paused, and then lets go of the pause. */
async function heldBack(on: TestTemporal, { store, taskQueue }: TestWorkers, name: string): Promise<void> {
  const target = { client: on.client, taskQueue };
  const hold = aHold({ kind: 'pause', scope: 'repo', repo: name, name: '' });
  await store.holds.place(hold);
  const approval = (await store.approvals.latest(name, KEY))!;
  const { id, digest } = approval;
  const message = signer.decision(approval, 'alice@example.com');
  await decide(target, { repo: name, key: KEY, verb: 'approve', message });
  await store.holds.release(hold.id, 'alice@example.com', new Date().toISOString());
  await wakeApproval(target, { repo: name, key: KEY, signal: { approval_id: id, digest } });
  await waitFor('its use', async () => (await store.approvals.get(id))?.status === 'used');
}
