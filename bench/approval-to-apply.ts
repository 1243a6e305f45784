/**
 * From the approval that completes a plan to the start of its apply, with 50 repos at work: all of them are being scanned,
 * one scan after the other, while one plan after the other is approved. Real Temporal server and store, a driver that does
 * nothing but take its time, so that what is measured is Plumbline's own. An approval waits for its repo's running scan.
 * Usage: node bench/approval-to-apply.ts [REPOS]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decide } from '../src/temporal/requests.ts';
import { loadWorkflowBundle } from '../src/workers/bundle.ts';
import { aSigner } from '../test/support/decisions.ts';
import { anEnvironment } from '../test/support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../test/support/fake-driver.ts';
import { startTestTemporal } from '../test/support/temporal.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../test/support/workers.ts';

const REPOS = Number(process.argv[2] ?? 50);
const PLAN_MS = 50;
/** Between two approvals, and between two scans of one repo. */
const PAUSE_MS = 250;
const KEY = 'envs/prod';

const repos = Array.from({ length: REPOS }, (_, index) => aRepo({ name: `repo-${index}` }));
const driver = aFakeDriver([KEY, 'envs/dev', 'envs/staging'], async ({ stack }) => {
  await sleep(PLAN_MS);
  return stack.key === KEY ? { changes: [aDriftedChange()] } : undefined;
});
const signer = aSigner();
const environments = [anEnvironment('production', { approvals: { required: 1 } })];
const temporal = await startTestTemporal();
const bundle = await loadWorkflowBundle(
  fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url)),
);
const test = await startTestWorkers(temporal, {
  drivers: [driver],
  settings: publishedSettings(repos, { environments, worker: { concurrency: 20 } }),
  overrides: { verifySigned: signer.verify, bundle },
});
const stopping = new AbortController();
try {
  await Promise.all(repos.map(({ name }) => askForApproval(name)));
  const scans = { count: 0 };
  const busy = repos.map(({ name }) => scanOnAndOn(name, scans));
  await sleep(5_000);
  const before = scans.count;
  const started = performance.now();
  const waits: number[] = [];
  const measured = [];
  for (const { name } of repos) {
    measured.push(approveAndWait(name).then((ms) => waits.push(ms)));
    await sleep(PAUSE_MS);
  }
  await Promise.all(measured);
  const seconds = (performance.now() - started) / 1000;
  stopping.abort();
  await Promise.all(busy);
  report(waits, (scans.count - before) / seconds);
} finally {
  stopping.abort();
  await test.stop();
  await temporal.stop();
}

async function askForApproval(repo: string): Promise<void> {
  const result = (await (await test.sync(repo, { actor: 'carol@example.com' })).result()) as {
    status: string;
  };
  if (result.status !== 'awaiting_approval') throw new Error(JSON.stringify(result));
}

/** Keeps a repo busy; a sync that holds it is waited for. */
async function scanOnAndOn(repo: string, scans: { count: number }): Promise<void> {
  while (!stopping.signal.aborted) {
    try {
      await (await test.scan(repo)).result();
      scans.count += 1;
    } catch (error) {
      if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
    }
    await sleep(PAUSE_MS);
  }
}

/** Milliseconds from the answer to the approval until the attempt is on record. */
async function approveAndWait(repo: string): Promise<number> {
  const approval = (await test.store.approvals.latest(repo, KEY))!;
  const target = { client: temporal.client, taskQueue: test.taskQueue };
  const message = signer.decision(approval, 'alice@example.com');
  const { status } = await decide(target, { repo, key: KEY, verb: 'approve', message });
  if (status !== 'approved') throw new Error(`${repo}: ${status}`);
  const approvedAt = Date.now();
  const attempt = await waitFor(
    `the apply of ${repo}`,
    async () => (await test.store.attempts.list({ repo, limit: 1 }))[0],
  );
  return Date.parse(attempt.startedAt) - approvedAt;
}

function report(waits: number[], scansPerSecond: number): void {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  console.log(`${REPOS} repos at work (${scansPerSecond.toFixed(1)} scans of 3 stacks a second beside it)`);
  console.log(
    `approval to start of apply: median ${Math.round(at(0.5))} ms, p99 ${Math.round(at(0.99))} ms, ${waits.length} applies`,
  );
}
