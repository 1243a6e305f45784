import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../../util/file-lock.ts';
import { attributeOf, literalString, scanHcl } from './hcl-scan.ts';
import { isLocalSource } from './module-facts.ts';
import type { SourceClosure } from './source-closure.ts';

/** A provider as the lock file names it. */
interface LockedProvider {
  /** `registry.terraform.io/hashicorp/aws` */
  source: string;
  version: string;
}

/**
 * Runs an init so that the shared plugin cache has one writer: Terraform's cache is not safe for several. An init that
 * finds all its providers in the cache writes nothing there, and runs beside others.
 * @param lockFile content of the lock file that init will find, or null
 */
export async function withPluginCache<T>(
  cacheDir: string,
  lockFile: string | null,
  closure: SourceClosure,
  options: { signal: AbortSignal; onWait: () => void },
  init: () => Promise<T>,
): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  if (await isFilled(cacheDir, lockFile, closure)) return await init();
  return await withFileLock(`${cacheDir}.lock`, init, options);
}

async function isFilled(cacheDir: string, lockFile: string | null, closure: SourceClosure): Promise<boolean> {
  const modules = [...closure.modules.values()];
  const locked = lockFile === null ? [] : lockedProviders(lockFile);
  const names = new Set(locked.map((provider) => provider.source.split('/').at(-1)));
  const needed = modules.flatMap((facts) => facts.providers);
  const remote = modules.some((facts) => facts.calls.some((call) => !isLocalSource(call.source)));
  if (remote || needed.some((name) => !names.has(name))) return false;
  const folders = locked.map(({ source, version }) => join(cacheDir, source, version, platform()));
  const found = await Promise.all(
    folders.map((folder) =>
      access(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
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
