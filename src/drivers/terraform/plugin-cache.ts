import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { errorCode } from '../../util/errors.ts';
import { withFileLock } from '../../util/file-lock.ts';
import { attributeOf, literalString, scanHcl } from './hcl-scan.ts';
import { isLocalSource } from './module-facts.ts';
import type { SourceClosure } from './source-closure.ts';
import { areWhole, markedAsFilling } from './whole-providers.ts';

/** A provider as the lock file names it. */
interface LockedProvider {
  /** `registry.terraform.io/hashicorp/aws` */
  source: string;
  version: string;
}

/** How a lock file that other stacks made is used again: their choice of providers holds for an hour. */
const SHARED_LOCK_MS = 60 * 60 * 1000;

/** An init that may fill the plugin cache. */
export interface CachedInit {
  cacheDir: string;
  /** Where init finds and leaves its lock file. */
  lockPath: string;
  closure: SourceClosure;
  /** What else decides which providers are chosen: the tool, its CLI configuration. */
  chooser: string;
  wait: CacheWait;
  run: () => Promise<void>;
  /** As `run`, but without the plugin cache. */
  runAlone: () => Promise<void>;
}

/** How long one init waits for another. */
export interface CacheWait {
  signal: AbortSignal;
  /** Whoever fills the cache may hang; after this time an init goes on without the cache. Milliseconds. */
  patienceMs: number;
  onWait: () => void;
}

/** What an init does to the plugin cache. */
export interface CacheUse {
  cacheDir: string;
  wait: CacheWait;
  /** Whether the cache has all that this init will ask for. */
  isFilled: () => Promise<boolean>;
  run: () => Promise<void>;
  /** As `run`, but without the plugin cache. */
  runAlone: () => Promise<void>;
  /** Called once this init has filled the cache, before another may. */
  onFilled?: () => Promise<void>;
}

/**
 * Runs an init so that the shared plugin cache has one writer: Terraform's cache is not safe for several. An init that
 * finds all its providers in the cache writes nothing there, and runs beside others. Stacks without a lock file get the
 * one of the last stack that asked for the same providers, so that only the first of them runs alone.
 */
export async function initWithPluginCache(init: CachedInit): Promise<void> {
  await mkdir(init.cacheDir, { recursive: true });
  const shared = sharedLockPath(init);
  await initInTurn({
    ...init,
    isFilled: () => canRunBeside(init, shared),
    onFilled: async () => {
      if (shared !== null) await shareLock(init.lockPath, shared);
    },
  });
}

/**
 * Runs an init beside others where it writes nothing into the plugin cache, else as its only writer. A writer may unpack
 * anew what lies in the cache already (a lock file without this platform's checksums makes Terraform do so); an init beside
 * it that finds a provider gone runs again as a writer.
 * @throws what `run` and `runAlone` throw
 */
export async function initInTurn(use: CacheUse): Promise<void> {
  const fill = async () => {
    await markedAsFilling(use.cacheDir, use.run);
    await use.onFilled?.();
    return true;
  };
  const alone = async () => {
    await use.runAlone();
    return true;
  };
  if ((await use.isFilled()) && (await foundAll(use.run))) return;
  // Whoever held the lock may have filled the cache with what this stack needs.
  const turn = async () => ((await use.isFilled()) ? false : await fill());
  if (await asOnlyWriter(use.cacheDir, use.wait, turn, alone)) return;
  if (await foundAll(use.run)) return;
  await asOnlyWriter(use.cacheDir, use.wait, fill, alone);
}

/** Whether an init got its providers; any other failure is thrown. */
async function foundAll(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (errorCode(error) !== 'provider_failed') throw error;
    return false;
  }
}

/**
 * Runs `work` as the only one that writes into the plugin cache; `alone` instead when another holds it for too long, so
 * that one stack whose init hangs doesn't take the time of all others.
 * @throws what the signal was aborted with while waiting, and what the work throws
 */
async function asOnlyWriter<T>(
  cacheDir: string,
  wait: CacheWait,
  work: () => Promise<T>,
  alone: () => Promise<T>,
): Promise<T> {
  const patience = AbortSignal.timeout(Math.max(1, Math.round(wait.patienceMs)));
  let entered = false;
  try {
    return await withFileLock(
      `${cacheDir}.lock`,
      async () => {
        entered = true;
        return await work();
      },
      { signal: AbortSignal.any([wait.signal, patience]), onWait: wait.onWait },
    );
  } catch (error) {
    if (entered || wait.signal.aborted || !patience.aborted) throw error;
  }
  return await alone();
}

async function canRunBeside(init: CachedInit, shared: string | null): Promise<boolean> {
  const own = await readFile(init.lockPath, 'utf8').catch(() => null);
  if (own !== null || shared === null) return await isFilled(init.cacheDir, own, init.closure);
  const age = await stat(shared).then(
    (found) => Date.now() - found.mtimeMs,
    () => Infinity,
  );
  const lockFile = age < SHARED_LOCK_MS ? await readFile(shared, 'utf8').catch(() => null) : null;
  if (!(await isFilled(init.cacheDir, lockFile, init.closure))) return false;
  if (lockFile !== null) await writeFile(init.lockPath, lockFile);
  return true;
}

/** Null when the providers can't be told from the repository, or a lock file is there. */
function sharedLockPath(init: CachedInit): string | null {
  const modules = [...init.closure.modules.values()];
  if (modules.some((facts) => facts.calls.some((call) => !isLocalSource(call.source)))) return null;
  const wanted = {
    chooser: init.chooser,
    requirements: modules.flatMap((facts) => facts.requirements).sort(),
    providers: [...new Set(modules.flatMap((facts) => facts.providers))].sort(),
  };
  const hash = createHash('sha256').update(canonicalJson(wanted)).digest('hex');
  return join(`${init.cacheDir}.locks`, `${hash}.hcl`);
}

async function shareLock(lockPath: string, shared: string): Promise<void> {
  const text = await readFile(lockPath, 'utf8').catch(() => null);
  if (text === null) return;
  await mkdir(dirname(shared), { recursive: true });
  await writeFileAtomic(shared, text);
}

/** Whether there is a lock file that names all providers of a closure and `needs`, and all that it names are whole in the cache. */
export async function hasAllLocked(
  cacheDir: string,
  lockPath: string,
  { closure, needs }: { closure: SourceClosure; needs: readonly string[] },
): Promise<boolean> {
  const lockFile = await readFile(lockPath, 'utf8').catch(() => null);
  return lockFile !== null && (await isFilled(cacheDir, lockFile, closure, needs));
}

async function isFilled(
  cacheDir: string,
  lockFile: string | null,
  closure: SourceClosure,
  needs: readonly string[] = [],
): Promise<boolean> {
  const modules = [...closure.modules.values()];
  const locked = lockFile === null ? [] : lockedProviders(lockFile);
  const names = new Set(locked.map((provider) => provider.source.split('/').at(-1)));
  const needed = [...needs, ...modules.flatMap((facts) => facts.providers)];
  const remote = modules.some((facts) => facts.calls.some((call) => !isLocalSource(call.source)));
  if (remote || needed.some((name) => !names.has(name))) return false;
  const folders = locked.map(({ source, version }) => join(cacheDir, source, version, platform()));
  return await areWhole(cacheDir, folders);
}

function lockedProviders(lockFile: string): LockedProvider[] {
  return scanHcl(lockFile)
    .blocks.filter((block) => block.type === 'provider')
    .map((block) => ({
      source: block.labels[0] ?? '',
      version: literalString(attributeOf(scanHcl(block.body), 'version')) ?? '',
    }));
}

/** This machine in Go's words, as the cache's folders are named. */
function platform(): string {
  const systems: Record<string, string> = { win32: 'windows' };
  const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' };
  return `${systems[process.platform] ?? process.platform}_${architectures[process.arch] ?? process.arch}`;
}
