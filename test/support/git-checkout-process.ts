import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createGitCache } from '../../src/git/git-cache.ts';
import { createRedactor } from '../../src/util/redact.ts';
import { aRepo } from './git.ts';

/**
 * A process that checks a commit out, tells its parent the path, and releases when it is told to. With
 * `stopWhenUnfinished` it tells its parent as soon as the tree is begun, and stands still then.
 */
interface Job {
  rootDir: string;
  home: string;
  url: string;
  sha: string;
  stopWhenUnfinished?: boolean;
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const settings = aRepo(job.url);
const cache = createGitCache({
  rootDir: job.rootDir,
  program: async () => 'git',
  secrets: { urlCredentials: {}, env: () => undefined },
  allowLocal: true,
  redactor: createRedactor(),
  log,
  baseEnv: { PATH: process.env.PATH ?? '', HOME: job.home },
});

const told = new Promise<void>((resolve) => process.once('message', () => resolve()));
const checkingOut = cache.checkout(settings, job.sha);
if (job.stopWhenUnfinished === true) {
  const folder = join(job.rootDir, settings.name);
  for (;;) {
    const [source] = await readdir(folder).catch(() => []);
    const unfinished = await readdir(join(folder, source ?? '', 'unfinished')).catch(() => []);
    if (unfinished.length > 0) break;
    await delay(1);
  }
  process.send?.('unfinished', () => process.kill(process.pid, 'SIGSTOP'));
} else {
  const tree = await checkingOut;
  process.send?.(tree.path);
  await told;
  await tree.release();
  process.disconnect();
}
