import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

/**
 * Builds what the sources have outgrown, once for all files of a run, so that each finds `dist/` as it is. Safe when several
 * runs build at once.
 * @throws Error when the build fails, which has said why on stderr
 */
export function setup(): void {
  const { status } = spawnSync(process.execPath, [BUILD], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('The tests need dist/, and building it failed (see above).');
}
