import { rolloutReference } from '../domain/rollout-target.ts';
import type { ApiDeps } from './deps.ts';
import { notFound } from './not-found.ts';
import { RequestError } from './problem.ts';
import type { SyncRequestJson } from './schemas/sync.ts';

/** So many of a stack's newest attempts and states are looked through. */
const LOOKED_AT = 1_000;

interface Asked {
  repo: string;
  /** Its key. */
  stack: string;
  body: NonNullable<SyncRequestJson>;
}

/**
 * The saved state that a rollback means: by its ID, by the task that left it, or a revision that the cluster keeps. Undefined
 * when it means none.
 * @throws RequestError 404 `task_not_found`, 409 `task_applied_nothing` and `state_is_present`
 */
export async function savedStateOf(
  deps: Pick<ApiDeps, 'store'>,
  { repo, stack, body }: Asked,
): Promise<string | undefined> {
  const { to_backup, to_rollout, to_task } = body;
  if (to_rollout) {
    const { kind, name, namespace, revision } = to_rollout;
    return rolloutReference({ kind, name, namespace: namespace || null, revision: revision ?? 'previous' });
  }
  return to_task ? await leftBy(deps, { repo, stack, task: to_task }) : (to_backup ?? undefined);
}

/** What a task left is what was saved before something else was applied. */
async function leftBy(
  { store }: Pick<ApiDeps, 'store'>,
  { repo, stack, task }: { repo: string; stack: string; task: string },
): Promise<string> {
  if ((await store.tasks.get(task))?.repo !== repo) throw notFound.task();
  const attempts = await store.attempts.list({ repo, stackKey: stack, limit: LOOKED_AT });
  const at = attempts.findIndex(({ taskId, status }) => taskId === task && status === 'applied');
  if (at < 0)
    throw new RequestError(
      409,
      'task_applied_nothing',
      `The task ${task} has applied nothing to ${stack}, so that there is nothing of it to return to: "plumbline attempts" shows those that have`,
    );
  const next = attempts.slice(0, at).findLast(({ backupId }) => backupId !== null);
  if (next?.backupId) return next.backupId;
  throw new RequestError(
    409,
    'state_is_present',
    `Nothing has been applied to ${stack} since the task ${task}: a sync or reconcile at its commit brings it back to that`,
  );
}
