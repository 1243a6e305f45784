import type { LocalScan } from '../local/scan-local.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';

/** A folder to scan without a server. */
export interface ScannedFolder {
  dir: string;
  /** Only this stack. */
  stack: string | undefined;
  /** The repository of the config that it is a checkout of. */
  as: string | undefined;
  config: string | undefined;
}

/** Scans a folder, with a progress line. Undefined, and the exit code set, when it was interrupted. */
export async function scanFolder(folder: ScannedFolder, io: Io): Promise<LocalScan | undefined> {
  const { scanLocal } = await import('../local/scan-local.ts');
  const outcome = await interruptible((signal) =>
    scanLocal({
      dir: folder.dir,
      stack: folder.stack,
      repo: folder.as,
      env: io.env,
      configFile: folder.config,
      onProgress: (line) => io.progress(line),
      signal,
    }),
  );
  io.progressDone();
  if (!('interrupted' in outcome)) return outcome.result;
  io.note('Interrupted: all plans have ended, and nothing is reported.');
  process.exitCode = outcome.interrupted;
  return undefined;
}
