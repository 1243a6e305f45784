import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeLeftovers } from '../../src/activities/forget-old.ts';
import { decide } from '../../src/temporal/requests.ts';
import type { ArtifactStore } from '../../src/store/artifact-store.ts';
import { openArtifactStore } from '../../src/store/artifacts/open.ts';
import { loadDataKey } from '../../src/store/data-key.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { pagesOf } from '../support/pages-of.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aBench, type Bench, toolsOnPath } from '../support/terraform.ts';
import { terraformBySeconds } from '../support/terraform-by-seconds.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  aRepo,
  fakeCheckouts,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const KEY = 'envs/prod';
const TWO_DAYS_MS = 2 * 86_400_000;
const signer = aSigner();
const repo = aRepo();
let temporal: TestTemporal;
let bench: Bench;
let dataDir: string;
let artifacts: ArtifactStore;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  bench = await aBench();
  const backend = `backend "local" {\n    path = "${bench.live}/terraform.tfstate"\n  }`;
  await bench.write({
    [`${KEY}/main.tf`]: `terraform {\n  ${backend}\n}\nresource "terraform_data" "one" {\n  input = "kept"\n}\n`,
  });
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-evidence-'));
  const key = await loadDataKey({ dataDir, fromEnv: randomBytes(32).toString('base64'), create: false });
  artifacts = openArtifactStore({ dataDir, s3: null, key });
  test = await startTestWorkers(temporal, {
    drivers: [terraformBySeconds()],
    settings: publishedSettings([repo], {
      environments: [anEnvironment('production', { approvals: { required: 1 } })],
    }),
    overrides: {
      artifacts,
      toolEnv: toolEnv(process.env),
      verifySigned: signer.verify,
      workbench: () => ({ git: fakeCheckouts(bench.workTree), tools: toolsOnPath }),
    },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
  await bench?.remove();
  await rm(dataDir, { recursive: true, force: true });
});

/** What is stored, as if two days had passed since. */
async function storedTwoDaysAgo(): Promise<Set<string>> {
  const root = join(dataDir, 'artifacts');
  const time = new Date(Date.now() - TWO_DAYS_MS);
  for (const file of await readdir(root, { recursive: true, withFileTypes: true }))
    if (file.isFile()) await utimes(join(file.parentPath, file.name), time, time);
  return new Set((await pagesOf(artifacts.old(TWO_DAYS_MS - 60_000))).flat());
}

describe('the content of a plan that people have decided on', () => {
  it('stays when its job planned twice and applied; what the second plan left goes', async () => {
    expect(await (await test.sync(repo.name, { actor: 'carol@example.com' })).result()).toMatchObject({
      status: 'awaiting_approval',
      waiting: 1,
    });
    const approval = (await test.store.approvals.latest(repo.name, KEY))!;
    const plan = (await test.store.plans.get(approval.jobId))!;
    expect(plan.artifacts.map(({ kind }) => kind)).toContain('plan_binary');
    const before = await storedTwoDaysAgo();
    const second = await test.store.artifacts.unreferenced([...before]);
    expect(second).not.toEqual([]);

    const target = { client: temporal.client, taskQueue: test.taskQueue };
    const message = signer.decision(approval, 'alice@example.com');
    await decide(target, { repo: repo.name, key: KEY, verb: 'approve', message });
    await waitFor('the apply', async () => {
      const [attempt] = await test.store.attempts.list({ repo: repo.name, limit: 1 });
      return attempt?.status === 'applied';
    });
    await waitFor('its end', async () => (await test.store.tasks.active(repo.name)) === undefined);

    await storedTwoDaysAgo();
    await pagesOf(removeLeftovers({ store: test.store, artifacts }));
    for (const ref of plan.artifacts) expect((await artifacts.get(ref)).length).toBeGreaterThan(0);
    const left = await storedTwoDaysAgo();
    expect(second.filter((digest) => left.has(digest))).toEqual([]);
    const { jobId } = (await test.store.attempts.list({ repo: repo.name, limit: 1 }))[0]!;
    const applied = (await test.store.artifacts.find(jobId, 'apply_log'))!;
    expect((await artifacts.get(applied)).length).toBeGreaterThan(0);
  }, 120_000);
});
