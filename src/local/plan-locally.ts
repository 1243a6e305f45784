import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { makeFolders, type StackFolders, stackFolders } from '../activities/stack-folders.ts';
import { classifyPlan } from '../domain/severity/classify.ts';
import { incompletePlan } from '../domain/incomplete-plan.ts';
import type { ReportedStack, ReportPlan } from '../domain/reports/report.ts';
import type { PublishedSettings, Settings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';
import type { Driver, DriverLog, DriverPlan, PlanContext } from '../drivers/driver.ts';
import { drivers } from '../drivers/registry.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import type { Redactor } from '../util/redact.ts';

/** What the plans of one scan share. */
export interface Bench {
  /** Of which repository the folder is taken for a checkout. */
  repo: string;
  root: string;
  settings: Settings;
  redactor: Redactor;
  signal: AbortSignal;
  tools: PlanContext['tools'];
  env: Record<string, string>;
  /** What tools get of this process's environment. */
  toolEnv: Record<string, string>;
  now: Date;
  /** Kept between scans of the same folder, so that the second one is fast. */
  dataDir: string;
}

/** A local scan talks to people, not to a log. */
export const QUIET: DriverLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** A driver's options as its schema reads them from the config. */
export function optionsOf(driver: Driver, published: PublishedSettings): unknown {
  return driver.options.parse(published.drivers[driver.kind] ?? {});
}

/** What became of one stack: it has no plan when it could not be made. */
export interface LocalResult {
  stack: ReportedStack;
  plan: ReportPlan | null;
  /** The stack as it was found, and its plan as the driver gave it: may hold secrets. */
  source: Stack;
  found: DriverPlan | null;
}

/**
 * Plans stacks, as many at once as the machine has cores. Comes back only when no tool runs any more.
 * @throws the signal's reason when the scan was interrupted
 */
export async function planAll(
  bench: Bench,
  stacks: readonly Stack[],
  onProgress: (line: string) => void,
): Promise<LocalResult[]> {
  const results: LocalResult[] = Array.from({ length: stacks.length });
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < stacks.length && !bench.signal.aborted; index = next++) {
      const stack = stacks[index]!;
      results[index] = await planOne(bench, stack);
      done += 1;
      onProgress(`${done}/${stacks.length} stacks planned (${stack.key})`);
    }
  };
  const workers = Array.from({ length: Math.min(availableParallelism(), stacks.length) }, worker);
  const ends = await Promise.allSettled(workers);
  bench.signal.throwIfAborted();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

async function planOne(bench: Bench, stack: Stack): Promise<LocalResult> {
  const about = { key: stack.key, path: stack.path, kind: stack.kind, workspace: stack.workspace };
  const folders = stackFolders(bench.dataDir, bench.repo, stack.key, randomUUID());
  try {
    const driver = drivers.find((known) => known.kind === stack.kind);
    if (!driver) throw new PlumblineError('stack_not_found', `No driver knows a stack at ${stack.path}.`);
    const lock = { signal: bench.signal };
    const found = await withFileLock(
      folders.lockPath,
      async () => {
        await makeFolders(folders);
        return await driver.plan(planContext(bench, stack, driver, folders));
      },
      lock,
    );
    const { severity, ignore } = bench.settings.published;
    const rules = { severity, ignore, repo: bench.repo, stackKey: stack.key, now: bench.now };
    const { changes, ignored, status, drift, pending } = classifyPlan(found, rules);
    return {
      stack: { ...about, status, drift, pending, error: incompletePlan(found.basis.problems) },
      plan: { stackKey: stack.key, changes, ignored, outputs: found.outputs, pending, basis: found.basis },
      source: stack,
      found,
    };
  } catch (error) {
    if (bench.signal.aborted) throw error;
    const failure = {
      code: errorCode(error) ?? 'internal',
      message: bench.redactor.redact(messageOf(error)),
    };
    return {
      stack: { ...about, status: 'errored', drift: 0, pending: 0, error: failure },
      plan: null,
      source: stack,
      found: null,
    };
  } finally {
    await rm(folders.scratchDir, { recursive: true, force: true });
  }
}

/** What a driver gets for a stack of the folder. */
export function planContext(bench: Bench, stack: Stack, driver: Driver, folders: StackFolders): PlanContext {
  const { published, cacheDir } = bench.settings;
  return {
    repo: bench.repo,
    stack,
    commit: '',
    workTree: bench.root,
    dataDir: folders.dataDir,
    cacheDir,
    scratchDir: folders.scratchDir,
    options: optionsOf(driver, published),
    baseEnv: bench.toolEnv,
    redact: bench.redactor.redact,
    env: bench.env,
    varFiles: published.scan.varFiles,
    timeoutMs: published.scan.timeoutMs,
    graceMs: published.scan.graceMs,
    tools: bench.tools,
    // Nothing is kept: a local scan shows what it found and forgets it.
    artifacts: async (kind, content) => ({
      kind,
      digest: '',
      sizeBytes: Buffer.byteLength(content),
      encrypted: false,
    }),
    log: QUIET,
    signal: bench.signal,
    onProgress: () => undefined,
    onProcess: () => undefined,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
