import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { loadConfig } from '../config/load.ts';
import { lintLayers, readLayerFiles, type LintResult } from '../drivers/kubernetes/layers/index.ts';
import { readKubernetesOptions } from '../drivers/kubernetes/stack-options.ts';
import { listFolders } from '../drivers/source-folders.ts';
import { PlumblineError } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import { baseEnv } from '../util/exec-env.ts';
import { driverSchemas } from './driver-schemas.ts';

/** What a check of a folder is told. */
export interface LintOptions {
  dir: string;
  /** Whose `drivers.kubernetes.layers` counts; without it, what is the default. */
  configFile: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** What the driver of Kubernetes is told by a config file; the defaults without one. */
export async function kubernetesOptionsOf({ configFile, env }: Pick<LintOptions, 'configFile' | 'env'>) {
  if (configFile === undefined) return readKubernetesOptions({});
  const loaded = await loadConfig(configFile, { env, drivers: driverSchemas(), missingEnv: 'notice' });
  return readKubernetesOptions(loaded.settings.published.drivers['kubernetes']);
}

/**
 * Checks the layers of a folder of this machine as it stands, but for what Git ignores: that is not committed.
 * @throws PlumblineError `usage` when there is no such folder; ConfigError
 */
export async function lintFolder(options: LintOptions): Promise<LintResult> {
  const root = await folderAt(options.dir);
  const { layers } = await kubernetesOptionsOf(options);
  const folders = await listFolders(root, options.signal);
  const ignored = await ignoredIn(root, options);
  const isIgnored = (path: string) =>
    ignored.some((entry) => path === entry || (entry.endsWith('/') && path.startsWith(entry)));
  const files = await readLayerFiles(root, folders, options.signal, isIgnored);
  return lintLayers(files, layers);
}

/** The folder's own path. @throws PlumblineError `usage` */
export async function folderAt(dir: string): Promise<string> {
  const found = existsSync(dir) ? await stat(dir) : undefined;
  if (!found?.isDirectory())
    throw new PlumblineError('usage', `${dir} is not a folder. Name the repository's folder.`);
  return await realpath(dir);
}

/** What Git ignores, folders with a slash at their end; nothing where this is no repository, or git isn't there. */
async function ignoredIn(root: string, { env, signal }: LintOptions): Promise<string[]> {
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
  try {
    const { stdout } = await exec('git', args, {
      cwd: root,
      env: baseEnv(env),
      signal,
      timeoutMs: 60_000,
    });
    return stdout.split('\0').filter((path) => path !== '');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PlumblineError) return [];
    throw error;
  }
}
