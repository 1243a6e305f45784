import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultSettings } from '../config/default-settings.ts';
import { loadConfig } from '../config/load.ts';
import { classifyPlan } from '../domain/classify.ts';
import { stackKey } from '../domain/ids.ts';
import { driftReport, type DriftReport, type ReportedStack, type ReportPlan } from '../domain/report.ts';
import type { PublishedSettings, Settings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';
import type { Driver, DriverLog, PlanContext } from '../drivers/driver.ts';
import { findStacks } from '../drivers/find-stacks.ts';
import { drivers } from '../drivers/registry.ts';
import { createToolchain } from '../toolchain/toolchain.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import { baseEnv, toolEnv } from '../util/exec-env.ts';
import { createRedactor, type Redactor } from '../util/redact.ts';
import { driverSchemas } from './driver-schemas.ts';

/** What a local scan is told. */
export interface LocalScanOptions {
  dir: string;
  /** Only this stack. */
  stack: string | undefined;
  /** Whose scan, severity, ignore and toolchain settings are used; its repos are not. */
  configFile: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  onProgress: (line: string) => void;
  signal?: AbortSignal;
}

/** What a local scan found. */
export interface LocalScan {
  stacks: ReportedStack[];
  report: DriftReport;
  warnings: string[];
  /** Stacks that could not be planned. */
  failed: number;
}

/** What the plans of one scan share. */
interface Bench {
  root: string;
  settings: Settings;
  redactor: Redactor;
  signal: AbortSignal;
  tools: PlanContext['tools'];
  env: Record<string, string>;
  now: Date;
  /** Kept between scans of the same folder, so that the second one is fast. */
  dataDir: string;
}

const QUIET: DriverLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/**
 * Scans a folder of this machine as it stands, without a server and without Git. Changes nothing in it.
 * A stack that can't be planned stands in the report with its reason; the others are still planned.
 * @throws PlumblineError `usage` (no such folder or stack), `secret_missing`; ConfigError
 */
export async function scanLocal(options: LocalScanOptions): Promise<LocalScan> {
  const bench = await openBench(options);
  const { published } = bench.settings;
  const discovery = await findStacks(
    drivers,
    {
      repo: 'local',
      workTree: bench.root,
      commit: '',
      include: [],
      exclude: [],
      tools: bench.tools,
      baseEnv: toolEnv(options.env),
      log: QUIET,
      signal: bench.signal,
    },
    (driver) => optionsOf(driver, published),
  );
  const chosen = choose(discovery.stacks, options.stack, options.dir);
  const results = await planAll(bench, chosen, toolEnv(options.env), options.onProgress);
  const stacks = results.map((result) => result.stack);
  const plans = results.flatMap((result) => (result.plan ? [result.plan] : []));
  const failed = stacks.filter((stack) => stack.error !== null).length;
  const task = {
    id: 'local',
    repo: 'local',
    commit: '',
    status: failed > 0 ? ('failed' as const) : ('completed' as const),
    startedAt: bench.now.toISOString(),
    endedAt: new Date().toISOString(),
  };
  const report = driftReport(task, plans, stacks, { rules: published.ignore, now: bench.now });
  return { stacks, report, warnings: discovery.warnings, failed };
}

async function openBench(options: LocalScanOptions): Promise<Bench> {
  const found = existsSync(options.dir) ? await stat(options.dir) : undefined;
  if (!found?.isDirectory()) {
    throw new PlumblineError('usage', `${options.dir} is not a folder. Name the folder to scan: --local DIR`);
  }
  const root = await realpath(options.dir);
  const settings = await settingsFor(options);
  const redactor = createRedactor();
  const toolchain = createToolchain({
    settings: settings.published.toolchain,
    cacheDir: settings.cacheDir,
    baseEnv: baseEnv(options.env),
    redactor,
    onProgress: options.onProgress,
  });
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return {
    root,
    settings,
    redactor,
    signal: options.signal ?? new AbortController().signal,
    tools: toolchain.resolve,
    env: scanEnv(settings, redactor),
    now: new Date(),
    dataDir: join(settings.cacheDir, 'local', name),
  };
}

async function settingsFor({ configFile, env }: LocalScanOptions): Promise<Settings> {
  if (configFile !== undefined) {
    return (await loadConfig(configFile, { env, drivers: driverSchemas() })).settings;
  }
  return defaultSettings({ dataDir: join(tmpdir(), 'plumbline-local'), env, drivers: driverSchemas() });
}

function scanEnv(settings: Settings, redactor: Redactor): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, source] of Object.entries(settings.published.scan.env)) {
    const value = 'value' in source ? source.value : settings.secrets.env(source.fromEnv);
    if (value === undefined) {
      const wanted = 'fromEnv' in source ? source.fromEnv : name;
      throw new PlumblineError(
        'secret_missing',
        `scan.env.${name} takes its value from ${wanted}, which is not set.`,
      );
    }
    if ('fromEnv' in source) redactor.add(value);
    env[name] = value;
  }
  return env;
}

function optionsOf(driver: Driver, published: PublishedSettings): unknown {
  return driver.options.parse(published.drivers[driver.kind] ?? {});
}

function choose(stacks: readonly Stack[], wanted: string | undefined, dir: string): Stack[] {
  if (wanted === undefined) return [...stacks];
  const found = stacks.filter((stack) => stack.key === wanted || stack.path === wanted);
  if (found.length > 0) return found;
  const known = stacks.map((stack) => stack.key).join(', ') || 'none';
  throw new PlumblineError('usage', `${dir} has no stack "${wanted}". It has: ${known}.`);
}

interface LocalResult {
  stack: ReportedStack;
  plan: ReportPlan | null;
}

async function planAll(
  bench: Bench,
  stacks: readonly Stack[],
  base: Record<string, string>,
  onProgress: (line: string) => void,
): Promise<LocalResult[]> {
  const results: LocalResult[] = Array.from({ length: stacks.length });
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < stacks.length; index = next++) {
      const stack = stacks[index]!;
      results[index] = await planOne(bench, stack, base);
      done += 1;
      onProgress(`${done}/${stacks.length} stacks planned (${stack.key})`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), stacks.length) }, worker));
  return results;
}

async function planOne(bench: Bench, stack: Stack, base: Record<string, string>): Promise<LocalResult> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'plumbline-scan-'));
  const about = { key: stack.key, path: stack.path, kind: stack.kind, workspace: stack.workspace };
  try {
    const driver = drivers.find((known) => known.kind === stack.kind);
    if (!driver) throw new PlumblineError('stack_not_found', `No driver knows a stack at ${stack.path}.`);
    const context = await planContext(bench, { stack, driver, base, scratchDir });
    const found = await driver.plan(context);
    const { severity, ignore } = bench.settings.published;
    const rules = { severity, ignore, repo: 'local', stackKey: stack.key, now: bench.now };
    const { changes, ignored, status, drift, pending } = classifyPlan(found, rules);
    return {
      stack: { ...about, status, drift, pending, error: null },
      plan: { stackKey: stack.key, changes, ignored, outputs: found.outputs, pending },
    };
  } catch (error) {
    if (errorCode(error) === 'cancelled') throw error;
    const failure = {
      code: errorCode(error) ?? 'internal',
      message: bench.redactor.redact(messageOf(error)),
    };
    return { stack: { ...about, status: 'errored', drift: 0, pending: 0, error: failure }, plan: null };
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

async function planContext(
  bench: Bench,
  {
    stack,
    driver,
    base,
    scratchDir,
  }: { stack: Stack; driver: Driver; base: Record<string, string>; scratchDir: string },
): Promise<PlanContext> {
  const { published, cacheDir } = bench.settings;
  const dataDir = join(bench.dataDir, stackKey(stack.path, stack.workspace));
  await mkdir(dataDir, { recursive: true });
  return {
    repo: 'local',
    stack,
    commit: '',
    workTree: bench.root,
    dataDir,
    cacheDir,
    scratchDir,
    options: optionsOf(driver, published),
    baseEnv: base,
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
