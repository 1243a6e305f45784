import { Context } from '@temporalio/activity';
import { afterPush, betweenPushes, mayRepair, type PolledRequest } from '../domain/poll.ts';
import { errorCode } from '../util/errors.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import { asActivity } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig, type PinnedConfig, repoOf } from './pinned-config.ts';
import { policyFor } from './stack-facts.ts';
import type { ToolShared } from './tool-activity.ts';
import type { PollActivities, PolledRepo } from './poll-types.ts';
import { vouchedRequest } from './vouched-request.ts';

/** Tasks among which the last repair is looked for. */
const TASKS_LOOKED_AT = 20;

/**
 * The activity that asks a repo's Git host for the newest commit, and for what follows from the answer. A host that does not
 * answer is a result: what was known stays, and the next poll asks again.
 */
export function createPollRepo(
  deps: ActivityDeps,
  { pinned }: Pick<ToolShared, 'pinned'>,
): PollActivities['pollRepo'] {
  return ({ repo }) =>
    asActivity(deps.redactor, { retry: false }, async () => {
      const { version } = await latestConfig(deps.store);
      const config = await pinned(version);
      const result = await poll(deps, config, repo);
      deps.metrics.polled({ repo, result: result.outcome });
      return result;
    });
}

async function poll(deps: ActivityDeps, config: PinnedConfig, name: string): Promise<PolledRepo> {
  const { store } = deps;
  const repo = repoOf(config.settings, name);
  const call = { signal: Context.current().cancellationSignal, onProgress: () => undefined };
  const before = await store.polls.get(name);
  let commit: string;
  try {
    ({ commit } = await config.git.tip(repo, call));
  } catch (error) {
    if (call.signal.aborted) throw error;
    return await unreached(deps, name, { error, before });
  }
  const at = deps.now().toISOString();
  if (before?.failingSince) deps.log.info({ repo: name, since: before.failingSince }, 'Git answers again');
  const moved = before?.commit !== commit;
  const wanted = moved ? afterPush(name, config.settings.environments) : await repairs(deps, config, name);
  for (const request of wanted)
    await deps.temporal.request(
      name,
      vouchedRequest(deps, name, requestOf(request, moved ? `Commit ${commit.slice(0, 12)}` : 'By interval')),
    );
  // Only now: what was not asked for is asked for by the next poll.
  await store.polls.reached(name, commit, at);
  return { outcome: moved ? 'moved' : 'same', commit, asked: wanted.map(({ kind }) => kind) };
}

async function unreached(
  { store, log, now, redactor }: ActivityDeps,
  repo: string,
  { error, before }: { error: unknown; before: Awaited<ReturnType<ActivityDeps['store']['polls']['get']>> },
): Promise<PolledRepo> {
  const code = errorCode(error) ?? 'internal';
  const message = redactor.redact(error instanceof Error ? error.message : String(error));
  await store.polls.failed(repo, { code, message }, now().toISOString());
  if (before?.error?.code !== code)
    log.warn({ repo, code, reason: message, last: before?.reachedAt ?? null }, 'Git does not answer');
  return { outcome: 'failed', commit: before?.commit ?? null, asked: [] };
}

/** A repair each time that Git has not moved, where a repo is idle and environments of it heal themselves. */
async function repairs(
  deps: ActivityDeps,
  { settings }: PinnedConfig,
  repo: string,
): Promise<PolledRequest[]> {
  const stacks = (await deps.store.stacks.list(repo)).map((stack) => {
    return { path: stack.path, environment: policyFor(settings, { job: { repo }, stack }).environment };
  });
  const wanted = betweenPushes(repo, settings, stacks);
  if (wanted.length === 0 || (await deps.temporal.runOf(repo)) !== null) return [];
  const tasks = await deps.store.tasks.list({ repo, limit: TASKS_LOOKED_AT });
  return mayRepair(
    tasks.find(({ kind }) => kind === 'reconcile'),
    deps.now(),
  )
    ? wanted
    : [];
}

function requestOf({ kind, trigger, environments = [] }: PolledRequest, reason: string): RepoRequest {
  const [only] = environments;
  const where = environments.length === 1 ? { environment: only! } : { environments };
  return {
    kind,
    trigger,
    actor: 'plumbline',
    reason,
    ...(environments.length === 0 ? {} : where),
  };
}
