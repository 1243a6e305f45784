import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  readLayerFiles,
  scaffold,
  type Scaffold,
  type ScaffoldRequest,
} from '../drivers/kubernetes/layers/index.ts';
import { listFolders } from '../drivers/source-folders.ts';
import { folderAt, kubernetesOptionsOf } from './lint-folder.ts';

/** What is added to a folder of this machine. */
export interface ScaffoldOptions extends ScaffoldRequest {
  dir: string;
  configFile: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  dryRun: boolean;
}

/**
 * Adds to a repository in layers; see `scaffold`. With `dryRun` nothing is written. A file that came to be meanwhile is not
 * replaced.
 */
export async function scaffoldFolder(options: ScaffoldOptions): Promise<Scaffold> {
  const root = await folderAt(options.dir);
  const { layers } = await kubernetesOptionsOf(options);
  const { signal } = new AbortController();
  const files = await readLayerFiles(root, await listFolders(root, signal), signal);
  const made = scaffold(files, layers, options);
  if (options.dryRun) return made;
  for (const { path, before, after } of made.changes) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), after, { flag: before === null ? 'wx' : 'w' });
  }
  return made;
}
