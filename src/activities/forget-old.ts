import { Context, heartbeat } from '@temporalio/activity';
import { leftoverRight } from '../domain/shared-artifacts.ts';
import { PlumblineError } from '../util/errors.ts';
import { asActivity } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import type { UpkeepActivities } from './types.ts';

const DAY_MS = 86_400_000;
/** Small enough that a batch doesn't keep others from the store. */
const BATCH = 500;
/** Longer than any job takes from putting its content to recording it. */
const LEFTOVER_MS = DAY_MS;
/** Events alone can take minutes, the first time. */
const HEARTBEAT_MS = 20_000;

/** The activity that forgets what is older than the config's days. */
export function createForgetOld(deps: ActivityDeps): UpkeepActivities['forgetOld'] {
  const { store, artifacts, now } = deps;
  return ({ keep_days }) =>
    asActivity(deps.redactor, { retry: true }, async () => {
      const before = new Date(now().getTime() - keep_days * DAY_MS).toISOString();
      const sum = { jobs: 0, tasks: 0, artifacts: 0 };
      // A repo that was taken out of the config is no longer watched: what was last known of its stacks would stay for good.
      const { settings } = await latestConfig(store);
      await store.stacks.forgetOtherRepos(settings.repos.map(({ name }) => name));
      const beat = setInterval(() => heartbeat(sum), HEARTBEAT_MS);
      try {
        for (;;) {
          Context.current().cancellationSignal.throwIfAborted();
          const { jobs, tasks, unreferenced } = await store.artifacts.forgetBefore(before, BATCH);
          await artifacts.remove(unreferenced);
          sum.jobs += jobs;
          sum.tasks += tasks;
          sum.artifacts += unreferenced.length;
          heartbeat(sum);
          if (jobs === 0 && tasks === 0 && unreferenced.length === 0) break;
        }
        for await (const removed of (await mayRemoveLeftovers(deps)) ? removeLeftovers(deps) : []) {
          Context.current().cancellationSignal.throwIfAborted();
          sum.artifacts += removed;
          heartbeat(sum);
        }
        return sum;
      } finally {
        clearInterval(beat);
      }
    });
}

/**
 * Whether this installation is the only one that keeps artifacts where it does, and has been for long enough to know. If not,
 * or if it can't be told, the log says what to do.
 */
export async function mayRemoveLeftovers({
  store,
  artifacts,
  log,
}: Pick<ActivityDeps, 'store' | 'artifacts'> & { log: Pick<ActivityDeps['log'], 'warn'> }): Promise<boolean> {
  const installation = await store.installation();
  try {
    const right = leftoverRight(installation, await artifacts.claim(installation));
    if (right.kind === 'shared')
      log.warn(
        { installation, others: right.others },
        'Content that nothing refers to stays, because other installations keep artifacts in the same place: give each a bucket or prefix of its own. Of those that are gone, remove installations/<ID> there',
      );
    return right.kind === 'alone';
  } catch (error) {
    const isRefused = error instanceof PlumblineError && error.details['status'] === 403;
    if (!isRefused) throw error;
    log.warn(
      { err: error, installation },
      'Content that nothing refers to stays, because the bucket may not be listed: grant s3:ListBucket',
    );
    return false;
  }
}

/**
 * Removes content that nothing refers to, as a worker leaves it that is killed before its job is saved. What somebody puts
 * meanwhile is young again, and stays. Gives how much was removed, page by page.
 */
export async function* removeLeftovers({
  store,
  artifacts,
}: Pick<ActivityDeps, 'store' | 'artifacts'>): AsyncGenerator<number> {
  for await (const digests of artifacts.old(LEFTOVER_MS)) {
    const leftovers = await store.artifacts.unreferenced(digests);
    await artifacts.remove(leftovers, LEFTOVER_MS);
    yield leftovers.length;
  }
}
