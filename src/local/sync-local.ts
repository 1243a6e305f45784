import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders, stackFolders } from '../activities/stack-folders.ts';
import type { Change } from '../domain/change.ts';
import { planDigest } from '../domain/digest.ts';
import { blockedReason, nextReady, type OrderProgress, planOrder } from '../domain/order/apply-order.ts';
import { classifyPlan } from '../domain/severity/classify.ts';
import type { ApplyContext, DriverPlan } from '../drivers/driver.ts';
import type { ApplyResult } from '../drivers/driver-results.ts';
import { drivers } from '../drivers/registry.ts';
import { errorCode } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import { judgeLocally, type LocalVerdict } from './local-verdict.ts';
import { type Bench, type LocalResult, planContext } from './plan-locally.ts';
import { type LocalScanOptions, planFolder, type PlannedFolder } from './scan-local.ts';

/** What stands in place of a task's ID, and of a commit, on what was applied from a folder. */
const LOCAL = 'local';
/** Making things takes longer than looking at them. */
const MAKING_MS = 2 * 60 * 60_000;

/** What a sync of a folder is told. */
export interface LocalSyncOptions extends LocalScanOptions {
  /** Whether what the folder no longer has may be deleted. */
  prune: boolean;
  /** Who syncs, for what is noted on the objects. */
  user: string;
}

/** A stack of the folder, and what is to become of it. */
export interface JudgedLocally {
  key: string;
  changes: readonly Change[];
  verdict: LocalVerdict;
}

/** What became of a stack. `blocked`: one that it needs was not applied. */
export interface LocalOutcome {
  key: string;
  status: 'applied' | 'clean' | 'refused' | 'blocked' | 'failed';
  code: string | null;
  message: string;
  /** The new plan, where it is no longer the one that was shown. */
  changes?: readonly Change[];
}

/** A folder that was planned; nothing of it is applied yet. */
export interface LocalSync {
  repo: string;
  at: string;
  stacks: JudgedLocally[];
  warnings: string[];
  /** Applies exactly the plans that were shown, each after the stacks that it needs. To be called once. */
  apply(signal: AbortSignal, onProgress: (line: string) => void): Promise<LocalOutcome[]>;
}

/**
 * Plans a folder's stacks against what is live, in order to apply them without a server. Changes nothing before `apply`, and
 * writes nothing down but in the cluster: there is no store, and no audit log.
 * @throws as `scanLocal`
 */
export async function planLocalSync(options: LocalSyncOptions): Promise<LocalSync> {
  const folder = await planFolder(options);
  const { bench, results, warnings } = folder;
  const judged = results.map((result) => ({ result, verdict: judge(folder, result, options) }));
  return {
    repo: bench.repo,
    at: bench.now.toISOString(),
    warnings,
    stacks: judged.map(({ result, verdict }) => ({
      key: result.stack.key,
      changes: result.plan?.changes ?? [],
      verdict,
    })),
    apply: async (signal, onProgress) =>
      await applyInOrder(judged, {
        bench: { ...bench, signal },
        user: options.user,
        digestKey: randomBytes(32),
        onProgress,
      }),
  };
}

function judge(
  { bench }: PlannedFolder,
  { stack, plan, found, source }: LocalResult,
  { repo, prune }: LocalSyncOptions,
): LocalVerdict {
  const { published } = bench.settings;
  const named = published.repos.map(({ name }) => name);
  const repos = repo === undefined && named.length > 0 ? named : [bench.repo];
  if (plan === null || found === null)
    return judgeLocally({ stack: source, plan: null, error: stack.error, repos, prune }, published);
  const rules = { ...published, repo: bench.repo, stackKey: stack.key, now: bench.now };
  const { severity } = classifyPlan(found, rules);
  const { emptied, confirm = [] } = found.basis;
  const judged = { ...plan, severity, emptied, confirm };
  return judgeLocally({ stack: source, plan: judged, error: stack.error, repos, prune }, published);
}

interface Judged {
  result: LocalResult;
  verdict: LocalVerdict;
}

interface Applying {
  bench: Bench;
  user: string;
  /** Digests are compared within this process alone. */
  digestKey: Uint8Array;
  onProgress: (line: string) => void;
}

/** One after the other, each after those that it needs. */
async function applyInOrder(judged: readonly Judged[], applying: Applying): Promise<LocalOutcome[]> {
  const byKey = new Map(judged.map((each) => [each.result.stack.key, each]));
  const order = planOrder(
    judged.map(({ result: { source } }) => ({ key: source.key, dependsOn: source.dependsOn, order: 0 })),
  );
  const done = new Set<string>();
  const failed = new Set<string>();
  const progress: OrderProgress = { done, failed, waiting: new Set(), running: new Set() };
  const outcomes = new Map<string, LocalOutcome>();
  for (let [key] = nextReady(order, progress); key !== undefined; [key] = nextReady(order, progress)) {
    const outcome = await outcomeOf(byKey.get(key)!, applying);
    outcomes.set(key, outcome);
    (outcome.status === 'applied' || outcome.status === 'clean' ? done : failed).add(key);
  }
  const left = order.stacks.filter(({ key }) => !outcomes.has(key));
  const blocked = left.map(({ key }): LocalOutcome => {
    const reason = blockedReason(order, key, progress);
    const message = reason?.message ?? 'Its turn did not come.';
    return { key, status: 'blocked', code: reason?.code ?? null, message };
  });
  return [...outcomes.values(), ...blocked];
}

async function outcomeOf({ result, verdict }: Judged, applying: Applying): Promise<LocalOutcome> {
  const { key } = result.stack;
  if (verdict.status === 'clean') return { key, status: 'clean', code: null, message: 'Nothing differs.' };
  if (verdict.status === 'refused') return { key, ...verdict };
  const { bench, onProgress } = applying;
  if (bench.signal.aborted)
    return { key, status: 'failed', code: 'cancelled', message: 'Interrupted before it was begun.' };
  try {
    onProgress(`${key}: applying`);
    return await applyOne(result, applying);
  } catch (error) {
    const message = bench.redactor.redact(error instanceof Error ? error.message : String(error));
    return { key, status: 'failed', code: errorCode(error) ?? 'internal', message };
  }
}

async function applyOne({ source, found }: LocalResult, applying: Applying): Promise<LocalOutcome> {
  const { bench, digestKey, user } = applying;
  const driver = drivers.find(({ kind }) => kind === source.kind)!;
  const attemptId = `${LOCAL}-${randomUUID()}`;
  const folders = stackFolders(bench.dataDir, bench.repo, source.key, attemptId);
  const digestOf = (identity: DriverPlan['identity']): string => planDigest(digestKey, identity);
  const work = async (): Promise<LocalOutcome> => {
    await makeFolders(folders);
    const plain = planContext(bench, source, driver, folders);
    const context: ApplyContext = {
      ...plain,
      commit: LOCAL,
      timeoutMs: plain.timeoutMs + MAKING_MS,
      attemptId,
      onBehalf: { taskId: LOCAL, approvedBy: [user] },
      digestOf,
      outputPath: join(folders.scratchDir, 'apply.log'),
      onBegin: async () => undefined,
      onProgress: ({ step, line }) => applying.onProgress(`${source.key}: ${line ?? step}`),
    };
    const result = await driver.apply!(context, digestOf(found!.identity));
    if (result.status !== 'applied') return notApplied(bench, source.key, result);
    applying.onProgress(`${source.key}: verifying`);
    const { ok, summary } = await driver.verify!(plain);
    return ok
      ? { key: source.key, status: 'applied', code: null, message: summary }
      : {
          key: source.key,
          status: 'failed',
          code: 'verification_failed',
          message: `It was applied. ${summary}`,
        };
  };
  try {
    return await withFileLock(folders.lockPath, work, { signal: bench.signal });
  } finally {
    await rm(folders.scratchDir, { recursive: true, force: true });
  }
}

function notApplied(
  { settings: { published }, repo, now, redactor }: Bench,
  key: string,
  result: Exclude<ApplyResult, { status: 'applied' }>,
): LocalOutcome {
  const { code, message: text } = result;
  if (result.status === 'failed') return { key, status: 'failed', code, message: redactor.redact(text) };
  const { changes } = classifyPlan(result.plan, { ...published, repo, stackKey: key, now });
  const message =
    'What is live, or the folder, has changed since it was shown. Nothing was changed; look at the new plan and sync again.';
  return { key, status: 'refused', code, message, changes };
}
