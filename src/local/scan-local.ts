import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultSettings } from '../config/default-settings.ts';
import { loadConfig } from '../config/load.ts';
import { driftReport, type DriftReport, type ReportedStack } from '../domain/reports/report.ts';
import type { Settings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';
import { toolSecrets } from '../domain/tool-secrets.ts';
import { findStacks } from '../drivers/find-stacks.ts';
import { drivers } from '../drivers/registry.ts';
import { createToolchain } from '../toolchain/toolchain.ts';
import { PlumblineError } from '../util/errors.ts';
import { baseEnv, toolEnv } from '../util/exec-env.ts';
import { createRedactor, type Redactor } from '../util/redact.ts';
import { driverSchemas } from './driver-schemas.ts';
import { type Bench, type LocalResult, optionsOf, planAll, QUIET } from './plan-locally.ts';

/** How a folder is called that is taken for no repository's. */
const NO_REPO = 'local';

/** What a local scan is told. */
export interface LocalScanOptions {
  dir: string;
  /** Only this stack. */
  stack: string | undefined;
  /** The repository of the config that the folder is a checkout of: what its stacks own in a cluster goes by that name. */
  repo?: string | undefined;
  /** Whose scan, discovery, severity, ignore, drivers and toolchain settings are used; of its repos, `repo` alone. */
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

/**
 * Scans a folder of this machine as it stands, without a server and without Git. Changes nothing in it.
 * A stack that can't be planned stands in the report with its reason; the others are still planned.
 * @throws PlumblineError `usage` (no such folder, stack or repository), `secret_missing`; ConfigError; the signal's reason when it was
 * interrupted, once all tools have ended
 */
export async function scanLocal(options: LocalScanOptions): Promise<LocalScan> {
  const { bench, results, warnings } = await planFolder(options);
  const { published } = bench.settings;
  const stacks = results.map((result) => result.stack);
  const plans = results.flatMap((result) => (result.plan ? [result.plan] : []));
  const failed = stacks.filter((stack) => stack.error !== null).length;
  const task = {
    id: 'local',
    repo: bench.repo,
    commit: '',
    status: failed > 0 ? ('failed' as const) : ('completed' as const),
    startedAt: bench.now.toISOString(),
    endedAt: new Date().toISOString(),
  };
  const report = driftReport(task, plans, stacks, { ignore: { rules: published.ignore, now: bench.now } });
  return { stacks, report, warnings, failed };
}

/** A folder's stacks, planned, with what they were planned by. */
export interface PlannedFolder {
  bench: Bench;
  results: LocalResult[];
  warnings: string[];
}

/** Finds a folder's stacks and plans them. @throws as `scanLocal` */
export async function planFolder(options: LocalScanOptions): Promise<PlannedFolder> {
  const bench = await openBench(options);
  const { published } = bench.settings;
  const discovery = await findStacks(
    drivers,
    {
      repo: bench.repo,
      workTree: bench.root,
      commit: '',
      ...bench.settings.discovery,
      tools: bench.tools,
      baseEnv: bench.toolEnv,
      env: () => bench.env,
      log: QUIET,
      signal: bench.signal,
    },
    (driver) => optionsOf(driver, published),
  );
  const chosen = choose(discovery.stacks, options.stack, options.dir);
  const results = await planAll(bench, chosen, options.onProgress);
  return { bench, results, warnings: discovery.warnings };
}

async function openBench(options: LocalScanOptions): Promise<Bench> {
  const found = existsSync(options.dir) ? await stat(options.dir) : undefined;
  if (!found?.isDirectory()) {
    throw new PlumblineError('usage', `${options.dir} is not a folder. Name the folder to scan: --local DIR`);
  }
  const root = await realpath(options.dir);
  const settings = await settingsFor(options);
  const redactor = createRedactor(toolSecrets(toolEnv(options.env)));
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
    repo: repoNamed(options.repo, settings),
    settings,
    redactor,
    signal: options.signal ?? new AbortController().signal,
    tools: toolchain.resolve,
    env: scanEnv(settings, redactor),
    toolEnv: toolEnv(options.env),
    now: new Date(),
    dataDir: join(settings.cacheDir, 'local', name),
  };
}

function repoNamed(name: string | undefined, { published }: Settings): string {
  if (name === undefined) return NO_REPO;
  if (published.repos.some((repo) => repo.name === name)) return name;
  const known = published.repos.map((repo) => repo.name).join(', ') || 'none';
  throw new PlumblineError('usage', `The config has no repository "${name}". It has: ${known}.`);
}

async function settingsFor({ configFile, env }: LocalScanOptions): Promise<Settings> {
  if (configFile !== undefined) {
    return (await loadConfig(configFile, { env, drivers: driverSchemas(), missingEnv: 'notice' })).settings;
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
        `scan.env.${name} takes its value from ${wanted}, which is not set. Set it, then scan again.`,
      );
    }
    if ('fromEnv' in source) redactor.add(value);
    env[name] = value;
  }
  return env;
}

function choose(stacks: readonly Stack[], wanted: string | undefined, dir: string): Stack[] {
  if (wanted === undefined) return [...stacks];
  const found = stacks.filter((stack) => stack.key === wanted || stack.path === wanted);
  if (found.length > 0) return found;
  const known = stacks.map((stack) => stack.key).join(', ') || 'none';
  throw new PlumblineError('usage', `${dir} has no stack "${wanted}". It has: ${known}.`);
}
