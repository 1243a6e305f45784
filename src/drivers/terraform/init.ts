import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { diagnosticsOfStream } from './diagnostics.ts';
import { stepFailure } from './failures.ts';
import type { Flavour } from './flavour.ts';
import { initWithPluginCache } from './plugin-cache.ts';
import { patienceMs, runTool, waitWithin, withoutPluginCache, type Session } from './session.ts';
import { linkAsBefore, noteInit } from './shared-init.ts';
import type { SourceClosure } from './source-closure.ts';
import { initProgress } from './progress-lines.ts';

export const LOCK_FILE = '.terraform.lock.hcl';
const ASIDE = '.plumbline-aside-';

/** What init needs to know besides the session. */
export interface InitPlan {
  flavour: Flavour;
  closure: SourceClosure;
  backendConfig: Readonly<Record<string, string>>;
  /** The file that says what the data folder was initialised for. */
  stampPath: string;
}

interface Stamp {
  hash: string;
  /** The lock file as init left it; it may hold more than the repository's. */
  lockFile: string | null;
}

/**
 * Makes the data folder fit for planning. An earlier init is used again when it was for the same tool, lock file,
 * modules, providers, backend and arguments.
 * @returns whether init ran
 * @throws PlumblineError `init_failed`, `provider_failed`, `auth_failed`, `config_invalid`, and those of `runTool`
 */
export async function ensureInit(session: Session, plan: InitPlan, force = false): Promise<boolean> {
  const lockPath = join(session.cwd, LOCK_FILE);
  const { context } = session;
  // The private tree's may be that of an earlier init by now.
  const committed = await readText(join(context.workTree, context.stack.path, LOCK_FILE));
  const hash = stampHash(session, plan, committed);
  if (!force) {
    const stamp = await readStamp(plan.stampPath);
    if (stamp?.hash === hash) {
      if (stamp.lockFile !== null && stamp.lockFile !== committed) await writeFile(lockPath, stamp.lockFile);
      return false;
    }
  }
  await rm(plan.stampPath, { force: true });
  const { onProgress } = context;
  const onWait = () =>
    onProgress({ step: 'init', line: 'Waiting for another stack to fill the plugin cache.' });
  if (committed === null) takeCachedProviders(session.env);
  const chooser = canonicalJson([
    session.tool.name,
    session.tool.version,
    session.env['TF_CLI_CONFIG_FILE'] ?? null,
  ]);
  const cacheDir = session.env['TF_PLUGIN_CACHE_DIR'] ?? '';
  const shared = { cacheDir, dataDir: session.env['TF_DATA_DIR']!, lockPath, closure: plan.closure };
  const inputs = outerInputs(session, plan);
  let ran = true;
  const run = async () => {
    ran = force || !(await linkAsBefore({ ...shared, inputs }));
    if (!ran) return;
    await runInit(session, plan);
    await noteInit({ ...shared, inputs });
  };
  await waitWithin(session, 'init', (signal) =>
    initWithPluginCache({
      cacheDir,
      lockPath,
      closure: plan.closure,
      chooser,
      wait: { signal, patienceMs: patienceMs(session), onWait },
      run,
      runAlone: () => runInit(withoutPluginCache(session), plan),
    }),
  );
  const stamp: Stamp = { hash, lockFile: await readText(lockPath) };
  await writeFileAtomic(plan.stampPath, JSON.stringify(stamp));
  return ran;
}

/**
 * Lets init use a cached provider that no lock file has checksums of, instead of unpacking it again in the cache. Without
 * a committed lock file nothing is lost when the private one names this platform's packages only.
 */
export function takeCachedProviders(env: Record<string, string>): void {
  env['TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE'] ??= 'true';
}

async function runInit(session: Session, plan: InitPlan): Promise<void> {
  const { context, tool, redact } = session;
  const json = semver.gte(tool.version, plan.flavour.jsonInitSince);
  const settings = Object.entries(plan.backendConfig).map(
    ([name, value]) => `-backend-config=${name}=${value}`,
  );
  const args = ['init', '-input=false', '-no-color', ...(json ? ['-json'] : []), ...settings];
  context.onProgress({ step: 'init' });
  // The backend that was recorded before must not be compared with today's: nothing is ever migrated by a plan.
  await rm(join(session.env['TF_DATA_DIR']!, 'terraform.tfstate'), { force: true });
  const result = await withoutLocalState(session, plan, () =>
    runTool(initSession(session, plan), args, { step: 'init', shown: initProgress }),
  );
  if (result.exitCode === 0) return;
  const diagnostics = diagnosticsOfStream(result.stdout, context.stack.path);
  throw stepFailure('init', diagnostics, redact, result.stderr || result.stdout);
}

/**
 * Init creates the workspace that TF_WORKSPACE names, which on most backends writes an empty state; so it works on the
 * default one. Only Terraform's own servers (`cloud`, `remote`) need the name to find their workspace.
 */
function initSession(session: Session, plan: InitPlan): Session {
  const root = plan.closure.modules.get(session.context.stack.path);
  const isServer = root?.hasBackend === true && (root.backendType ?? 'remote') === 'remote';
  if (isServer) return session;
  const { TF_WORKSPACE: _, ...env } = session.env;
  return { ...session, env };
}

/** A state file beside the sources of a stack with a backend would make init offer to copy it into that backend. */
async function withoutLocalState<T>(session: Session, plan: InitPlan, init: () => Promise<T>): Promise<T> {
  if (plan.closure.modules.get(session.context.stack.path)?.hasBackend !== true) return await init();
  const aside: string[] = [];
  for (const name of ['terraform.tfstate', 'terraform.tfstate.d']) {
    const moved = await rename(join(session.cwd, name), join(session.cwd, `${ASIDE}${name}`)).then(
      () => true,
      () => false,
    );
    if (moved) aside.push(name);
  }
  try {
    return await init();
  } finally {
    for (const name of aside) await rename(join(session.cwd, `${ASIDE}${name}`), join(session.cwd, name));
  }
}

function stampHash(session: Session, plan: InitPlan, lockFile: string | null): string {
  const modules = [...plan.closure.modules].map(([path, facts]) => ({
    path,
    settings: facts.settings,
    calls: facts.calls.map((call) => ({ source: call.source, version: call.version ?? null })),
    providers: facts.providers,
  }));
  const inputs = canonicalJson({ v: 1, lockFile, modules, ...outerInputs(session, plan) });
  return createHash('sha256').update(inputs).digest('hex');
}

/** All that decides over init beside the stack's files. */
function outerInputs({ env, tool }: Session, plan: InitPlan): Record<string, unknown> {
  const names = [
    'TF_CLI_ARGS',
    'TF_CLI_ARGS_init',
    'TF_CLI_CONFIG_FILE',
    'TF_PLUGIN_CACHE_DIR',
    'TF_WORKSPACE',
  ];
  return {
    tool: { name: tool.name, version: tool.version },
    backendConfig: { ...plan.backendConfig },
    env: Object.fromEntries(names.map((name) => [name, env[name] ?? null])),
  };
}

async function readStamp(path: string): Promise<Stamp | undefined> {
  const text = await readText(path);
  try {
    return text === null ? undefined : (JSON.parse(text) as Stamp);
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null);
}
