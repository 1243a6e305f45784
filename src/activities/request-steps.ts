import { blockedBy, blockedReason, nextReady, type OrderProgress } from '../domain/order/apply-order.ts';
import { joinedInto } from '../domain/joined-task.ts';
import { mergeRequests, takeNext } from '../domain/request-queue.ts';
import { retryDelayMs } from '../domain/eligibility/retry.ts';
import { PlumblineError } from '../util/errors.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import { attemptIdOf } from './apply-gate.ts';
import { queueOfAttempt } from './attempt-queue.ts';
import { automate } from './automate.ts';
import type { ActivityDeps } from './deps.ts';
import { putInPlace } from './put-in-place.ts';
import { latestConfig } from './pinned-config.ts';
import { policyFor } from './stack-facts.ts';
import { stillAgreed } from './still-agreed.ts';
import type { LightActivities } from './types.ts';
import { followUpVoucher, scheduleVoucher } from './vouched-request.ts';
import { withBlocked } from './with-blocked.ts';

const KINDS: ReadonlySet<unknown> = new Set(['scan', 'sync', 'reconcile', 'rollback']);

/** How far back a later task is looked for. */
const JOBS_LOOKED_AT = 20;

type RequestSteps = Pick<
  LightActivities,
  | 'nextRequest'
  | 'sendRequest'
  | 'vouchForSchedule'
  | 'automate'
  | 'nextApplies'
  | 'blockStack'
  | 'retryDelay'
  | 'findAttempt'
>;

/** The short steps about requests and the order of applies. */
export function createRequestSteps(deps: ActivityDeps): RequestSteps {
  return {
    nextRequest: async ({ repo, queue }) => await nextRequest(deps, repo, queue),
    sendRequest: async ({ repo, request }) => {
      if (await overtaken(deps, repo, request)) return { sent: false };
      await deps.temporal.request(repo, await withBlocked(deps, request));
      return { sent: true };
    },
    vouchForSchedule: async (input) => await scheduleVoucher(deps, input),
    automate: async ({ task_id }) => ({ requests: await automate(deps, task_id) }),
    nextApplies: async ({ order, progress }) => {
      const known: OrderProgress = {
        done: new Set(progress.done),
        failed: new Set(progress.failed),
        waiting: new Set(progress.waiting),
        running: new Set(progress.running),
      };
      const settled = new Set([
        ...progress.done,
        ...progress.failed,
        ...progress.waiting,
        ...progress.running,
      ]);
      const blocked = order.stacks.flatMap(({ key }) => {
        const reason = settled.has(key) ? undefined : blockedReason(order, key, known);
        return reason ? [{ key, blocked_by: blockedBy(order, key, known), reason: reason.message }] : [];
      });
      return { ready: nextReady(order, known), blocked };
    },
    blockStack: async ({ job_id, blocked_by, reason }) => {
      const code = blocked_by.length > 0 ? 'blocked_by' : 'not_presented';
      const reasons = [{ code, message: reason }];
      await putInPlace(deps, job_id, { kind: 'blocked', reasons, rule: null, blockedBy: blocked_by });
    },
    retryDelay: async ({ job_id, retry }) => await anotherTry(deps, job_id, retry),
    findAttempt: async ({ job_id }) => {
      const attempt = await deps.store.attempts.get(attemptIdOf(job_id));
      if (!attempt) return { attempt_id: null, status: null };
      const { id, status } = attempt;
      return { attempt_id: id, status, queue: await queueOfAttempt(deps.store, attempt, deps.toolQueue) };
    },
  };
}

/**
 * What can't be understood, such as a signal with a wrong name in it, what was cancelled while it waited, and what an approval has asked
 * for that has fallen since, asks for nothing.
 */
async function nextRequest(
  deps: ActivityDeps,
  repo: string,
  queue: readonly RepoRequest[],
): Promise<{ next: RepoRequest | null; rest: RepoRequest[] }> {
  const understood = queue.filter((request) => KINDS.has((request as RepoRequest | null)?.kind));
  let merged: RepoRequest[] = [];
  for (const request of understood) {
    const wanted = (await hasEnded(deps, request)) ? null : await stillAgreed(deps, repo, request);
    if (wanted) merged = mergeRequests(merged, await withBlocked(deps, wanted));
  }
  const taken = takeNext(merged);
  if (!taken) return { next: null, rest: [] };
  for (const { joined, task_id } of merged) {
    // A request without a task of its own has taken over that of one that joined it.
    for (const other of joined ?? [])
      if (task_id !== undefined && other.task_id !== task_id) await endJoined(deps, other.task_id, task_id);
  }
  return taken;
}

async function hasEnded({ store }: ActivityDeps, { task_id: id }: RepoRequest): Promise<boolean> {
  const task = id === undefined ? undefined : await store.tasks.get(id);
  return task !== undefined && task.endedAt !== null;
}

/** A task that waited and was taken in by another has ended: nobody waits for it in vain. */
async function endJoined({ store, now }: ActivityDeps, id: string | undefined, by: string): Promise<void> {
  const task = id === undefined ? undefined : await store.tasks.get(id);
  if (!task || task.status !== 'queued') return;
  const result = { status: 'completed', error: joinedInto(by) } as const;
  await store.tasks.finish(task.id, result, now().toISOString());
}

/** A newer commit ends the retries of an older one: where a later task has come to the same stack with another commit. */
async function overtaken({ store }: ActivityDeps, repo: string, request: RepoRequest): Promise<boolean> {
  const [key] = request.stacks ?? [];
  if (request.trigger !== 'retry' || request.commit === undefined || key === undefined) return false;
  for (const job of await store.jobs.listByStack(repo, key, JOBS_LOOKED_AT)) {
    if (job.commit === request.commit) return false;
    const task = await store.tasks.get(job.taskId);
    // A scan applies nothing, and a repair goes back to what was synced before.
    if (task?.kind === 'sync' || task?.kind === 'rollback') return true;
  }
  return false;
}

async function anotherTry(
  deps: ActivityDeps,
  jobId: string,
  retry: number,
): ReturnType<LightActivities['retryDelay']> {
  const delay_ms = await retryDelay(deps, jobId, retry);
  const job = delay_ms === null ? undefined : await deps.store.jobs.get(jobId);
  if (!job) return { delay_ms };
  const plan = await deps.store.plans.get(jobId);
  const about = { rollsBack: false, toBackup: plan?.restores !== undefined };
  return { delay_ms, ...(await followUpVoucher(deps, job.taskId, about)) };
}

async function retryDelay(deps: ActivityDeps, jobId: string, retry: number): Promise<number | null> {
  const { store } = deps;
  const attempt = await store.attempts.get(attemptIdOf(jobId));
  // What changed something, or may have, is for people.
  if (attempt && attempt.status !== 'not_applied') return null;
  const job = await store.jobs.get(jobId);
  const stack = job && (await store.stacks.get(job.repo, job.stackKey));
  if (!job || !stack) throw new PlumblineError('job_unknown', `The store knows no job ${jobId}.`);
  const { settings } = await latestConfig(store);
  return retryDelayMs(policyFor(settings, { job, stack }).policy.retry, retry);
}
