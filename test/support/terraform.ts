import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { stackKey } from '../../src/domain/ids.ts';
import type { ArtifactKind } from '../../src/domain/plan.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type {
  Discovery,
  Driver,
  DriverPlan,
  PlanContext,
  ResolvedTool,
  ToolResolver,
} from '../../src/drivers/driver.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { testToolchain } from './tools.ts';

const run = promisify(execFile);
const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** A work tree and the folders that a worker would give a driver, all under one temporary folder. */
export interface Bench {
  root: string;
  workTree: string;
  /** Where tests keep what is live: state files, objects. */
  live: string;
  cacheDir: string;
  /** Writes files into the work tree, by path. */
  write(files: Record<string, string>): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a bench with these files in its work tree. */
export async function aBench(files: Record<string, string> = {}): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-driver-'));
  const workTree = join(root, 'work-tree');
  const live = join(root, 'live');
  await mkdir(workTree);
  await mkdir(live);
  const write = async (texts: Record<string, string>) => {
    for (const [path, text] of Object.entries(texts)) {
      await mkdir(dirname(join(workTree, path)), { recursive: true });
      await writeFile(join(workTree, path), text);
    }
  };
  await write(files);
  return {
    root,
    workTree,
    live,
    cacheDir: join(root, 'cache'),
    write,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** A stack as discovery would make it. */
export function aStack(kind: string, path: string, workspace = 'default'): Stack {
  return { key: stackKey(path, workspace), kind, path, workspace, dependsOn: [] };
}

/** What a driver finds in a bench's work tree. */
export async function discoverIn(
  driver: Driver,
  bench: Bench,
  source: Partial<Parameters<Driver['discover']>[0]> = {},
): Promise<Discovery> {
  return await driver.discover({
    repo: 'test',
    workTree: bench.workTree,
    commit: 'c0ffee',
    include: [],
    exclude: [],
    options: {},
    log: QUIET,
    signal: new AbortController().signal,
    ...source,
  });
}

/** A plan and all that its sink was given. */
export interface Planned {
  plan: DriverPlan;
  artifacts: Map<ArtifactKind, string | Uint8Array>;
  progress: { step: string; line?: string }[];
}

/** Plans a stack of a bench. Its data folder is kept between calls. */
export async function planIn(
  driver: Driver,
  bench: Bench,
  stack: Stack,
  context: Partial<PlanContext> = {},
): Promise<Planned> {
  const scratchDir = join(bench.root, 'scratch', randomUUID());
  await mkdir(scratchDir, { recursive: true });
  const artifacts: Planned['artifacts'] = new Map();
  const progress: Planned['progress'] = [];
  try {
    const plan = await driver.plan({
      repo: 'test',
      stack,
      commit: 'c0ffee',
      workTree: bench.workTree,
      dataDir: join(bench.root, 'data', stack.key),
      cacheDir: bench.cacheDir,
      scratchDir,
      options: {},
      baseEnv: toolEnv(process.env),
      env: {},
      varFiles: [],
      timeoutMs: 120_000,
      graceMs: 5_000,
      tools: toolsOnPath,
      artifacts: async (kind, content) => {
        artifacts.set(kind, content);
        const bytes = Buffer.from(content);
        const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
        return {
          kind,
          digest,
          sizeBytes: bytes.length,
          encrypted: kind !== 'plan_text' && kind !== 'plan_json',
        };
      },
      log: QUIET,
      signal: new AbortController().signal,
      onProgress: (event) => progress.push(event),
      onProcess: () => undefined,
      ...context,
    });
    return { plan, artifacts, progress };
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** Finds programs on PATH, whatever version is asked for. */
export const toolsOnPath: ToolResolver = async (name) => {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    const found = await run(path, ['version', '-json']).catch(() => undefined);
    if (found) {
      const { terraform_version: version } = JSON.parse(found.stdout) as { terraform_version: string };
      return { name, path, version, source: 'path' };
    }
  }
  throw new PlumblineError('tool_not_found', `${name} is not on PATH.`);
};

/** A resolver that gives the same program for every name. */
export function onlyTool(tool: Partial<ResolvedTool> & { path: string }): ToolResolver {
  return async (name) => ({ name, version: '1.11.4', source: 'setting', ...tool });
}

/** Applies a stack with the real Terraform, in a copy of the work tree, as a person elsewhere would. */
export async function applyIn(
  bench: Bench,
  path: string,
  options: { env?: Record<string, string>; workspace?: string; args?: string[] } = {},
): Promise<void> {
  const copy = await mkdtemp(join(bench.root, 'apply-'));
  await run('cp', ['-R', `${bench.workTree}/.`, copy]);
  const cwd = join(copy, path);
  const env = { ...toolEnv(process.env), CHECKPOINT_DISABLE: '1', ...options.env };
  await run('terraform', ['init', '-input=false'], { cwd, env });
  if (options.workspace !== undefined)
    await run('terraform', ['workspace', 'select', '-or-create', options.workspace], { cwd, env });
  await run('terraform', ['apply', '-input=false', '-auto-approve', ...(options.args ?? [])], { cwd, env });
  await rm(copy, { recursive: true, force: true });
}

/** One hash over every path, link and content below a folder: equal exactly when nothing was touched. */
export async function hashTree(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }));
  for (const { entry, path } of paths.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(path.slice(folder.length));
    if (entry.isSymbolicLink()) hash.update(await readlink(path));
    else if (entry.isFile()) hash.update(await readFile(path));
  }
  return hash.digest('hex');
}

/** The real OpenTofu, as the toolchain finds or builds it: the first time takes minutes, so call it in `beforeAll`. */
export async function openTofu(): Promise<ToolResolver> {
  const found = await testToolchain().resolve('opentofu', '1.12.6', {});
  return async () => found;
}
