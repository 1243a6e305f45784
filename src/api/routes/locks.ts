import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Attempt, Lease } from '../../domain/attempt.ts';
import type { StackState } from '../../domain/task.ts';
import type { Records } from '../../store/control.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { UnlockStackInput, UnlockStackResult } from '../../workflows/inputs.ts';
import { auditEntry, sourceOf } from '../audit-log.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentNameOf } from '../environments.ts';
import { attemptJson, processText } from '../json/attempt-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { requireStack } from '../sight.ts';
import {
  type LockJson,
  lockSchema,
  type LookedAtJson,
  lookedAtSchema,
  type ReleasedJson,
  releasedSchema,
  type ReleaseRequestJson,
  releaseRequestSchema,
} from '../schemas/attempt.ts';
import { problemSchema } from '../schemas/problem.ts';

const params = z.object({ repo: z.string(), '*': z.string() });
const refusals = { 403: problemSchema, 404: problemSchema };

/** Who works on a stack, and how an operator ends what a dead worker has left. */
export const lockRoutes: Routes = (app, context) => {
  readLocks(app, context);
  changeLocks(app, context);
};

const readLocks: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/locks/:repo/*',
    {
      schema: {
        tags: ['locks'],
        summary: 'Who works on a stack, and whether an operator may release it: /api/locks/{repo}/{stack}',
        params,
        response: { 200: lockSchema, ...refusals },
      },
    },
    async (request) => {
      const { name: repo } = await requireRepo(deps, request, request.params.repo);
      const stack = await requireStack(deps, request, { repo, asked: request.params['*'] });
      return lockJson(deps, stack, await readLock(deps, stack));
    },
  );
};

const changeLocks: Routes = (app, { deps, dashboard }) => {
  typed(app).post(
    '/api/locks/:repo/*',
    {
      schema: {
        tags: ['locks'],
        summary:
          "Looks at the lock of a stack's state (/api/locks/{repo}/{stack}/look), or releases what a dead worker has left (…/release)",
        params,
        body: releaseRequestSchema.partial().nullish(),
        response: {
          200: z.union([releasedSchema, lookedAtSchema]),
          400: problemSchema,
          409: problemSchema,
          503: problemSchema,
          ...refusals,
        },
      },
    },
    async (request) => {
      const [, asked, verb] = /^(.+)\/(look|release)$/.exec(request.params['*']) ?? [];
      if (asked === undefined) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      const action = 'release_lock';
      const { name: repo } = await requireRepo(deps, request, request.params.repo, action);
      const stack = await requireStack(deps, request, { repo, asked, action });
      const environment = environmentNameOf(deps, stack);
      if (verb === 'look') return lookedAt(await unlockState(deps, stack, {}));
      const body = requireReleaseBody(request.body);
      const released = await releaseStack(deps, request, { stack, environment, body });
      dashboard.invalidate();
      return released;
    },
  );
};

/** @throws RequestError 400 `invalid_request` */
function requireReleaseBody(given: unknown): ReleaseRequestJson {
  const { success, data } = releaseRequestSchema.safeParse(given);
  if (success && (data.attempt_id || data.lock_id)) return data;
  const message = 'a reason is needed, and attempt_id or lock_id, so that nothing else is released';
  throw new RequestError(400, 'invalid_request', `body: ${message}`, { faults: [{ path: 'body', message }] });
}

interface Releasing {
  stack: StackState;
  environment: string | null;
  body: ReleaseRequestJson;
}

/** The lock of the state first: it is refused while a tool of the attempt may still be at work. */
async function releaseStack(
  deps: ApiDeps,
  request: FastifyRequest,
  { stack, environment, body }: Releasing,
): Promise<ReleasedJson> {
  const { attempt_id: id, lock_id, reason } = body;
  const held = id ? await requireReleasable(deps, stack, id) : undefined;
  if (lock_id) {
    const by = { actor: request.person.id, reason, source: sourceOf(request) };
    await unlockState(deps, stack, { release: true, lock_id, ...by });
  }
  const settled =
    held &&
    (await settle(deps, held, `Released by ${request.person.id}: ${reason}`, (ended) => {
      const { taskId, commit, digest, worker, repo, stackKey } = ended;
      const details = { attempt_id: ended.id, worker: processText(worker) };
      const about = { repo, stackKey, environment, taskId, commit, digest, reason, details };
      return [auditEntry(deps, request, { action: 'lock.released', result: 'ok', ...about })];
    }));
  const message = 'Released. What it changed is not known: the next plan shows it';
  return { attempt: settled ? attemptJson(settled) : null, state_lock: lock_id ?? null, message };
}

/** @throws RequestError 409 `lock_changed`, `lock_in_use` */
async function requireReleasable(deps: ApiDeps, stack: StackState, id: string): Promise<Attempt> {
  const lock = await readLock(deps, stack);
  if (lock.elsewhere !== undefined) throw new RequestError(409, 'lock_in_use', releasable(deps, lock).why);
  if (lock.lease?.attemptId !== id || !lock.attempt) {
    throw new RequestError(409, 'lock_changed', 'The stack is not held by this attempt any more: look again');
  }
  const { may, why } = releasable(deps, lock);
  if (!may) throw new RequestError(409, 'lock_in_use', why);
  return lock.attempt;
}

const UNLOCK_STATUS: Readonly<Record<string, number>> = {
  stack_not_found: 404,
  no_worker: 503,
  temporal_unavailable: 503,
  unlock_slow: 503,
  internal: 500,
};

/**
 * On the queue of the stack's last job, whose workers can tell whether its tool still runs.
 * @throws RequestError with the code that the worker gave
 */
async function unlockState(
  deps: ApiDeps,
  { repo, key }: StackState,
  wanted: Omit<UnlockStackInput, 'repo' | 'key' | 'queue'>,
): Promise<UnlockStackResult> {
  const [job] = await deps.store.jobs.listByStack(repo, key, 1);
  try {
    return await deps.temporal.unlock({ repo, key, ...(job ? { queue: job.queue } : {}), ...wanted });
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    throw new RequestError(UNLOCK_STATUS[error.code] ?? 409, error.code, error.message);
  }
}

function lookedAt({ lock, attempt, releasable: may, why }: UnlockStackResult): LookedAtJson {
  return { state_lock: lock, attempt, releasable: may, why };
}

interface Lock {
  lease: Lease | undefined;
  attempt: Attempt | undefined;
  /** The repo of an attempt that holds the same folder on another branch: it is looked after there. */
  elsewhere?: string;
}

async function readLock({ store }: ApiDeps, { repo, key }: StackState): Promise<Lock> {
  const lease = await store.attempts.lease(repo, key);
  const attempt = lease && (await store.attempts.get(lease.attemptId));
  if (!attempt || attempt.repo === repo) return { lease, attempt };
  return { lease, attempt: undefined, elsewhere: attempt.repo };
}

/** Never while somebody may still be at work: only what is known to be lost, or was silent for the lock's life. */
function releasable(deps: ApiDeps, { lease, attempt, elsewhere }: Lock): { may: boolean; why: string } {
  if (elsewhere !== undefined)
    return {
      may: false,
      why: `${elsewhere}, another branch of the same entry, is at work on this folder: see there`,
    };
  if (!lease || !attempt) return { may: false, why: 'Nobody holds this stack' };
  const who = `attempt ${attempt.id} of worker ${processText(lease.worker)}`;
  if (attempt.status === 'unknown') return { may: true, why: `What became of ${who} is not known` };
  const { lockTtlMs } = deps.settings().published.worker;
  const silentMs = deps.clock.now().getTime() - Date.parse(lease.renewedAt);
  if (silentMs > lockTtlMs) return { may: true, why: `Nothing was heard of ${who} since ${lease.renewedAt}` };
  return {
    may: false,
    why: `Held by ${who}, which was heard of at ${lease.renewedAt}: it may still be at work`,
  };
}

async function settle(
  deps: ApiDeps,
  attempt: Attempt,
  summary: string,
  records: Records<Attempt>,
): Promise<Attempt> {
  const at = deps.clock.now().toISOString();
  const { attempts } = deps.store;
  // An attempt that still counts as started is first known to be lost.
  if (attempt.status === 'started')
    await attempts.end(attempt.id, { status: 'unknown', summary, error: null }, at);
  return attempts.settle(attempt.id, { status: 'failed', summary }, at, records);
}

async function lockJson(deps: ApiDeps, stack: StackState, lock: Lock): Promise<LockJson> {
  const plan = await deps.store.plans.latest(stack.repo, stack.key);
  const { may, why } = releasable(deps, lock);
  return {
    repo: stack.repo,
    stack: stack.key,
    lease: lock.lease
      ? {
          attempt_id: lock.lease.attemptId,
          worker: processText(lock.lease.worker),
          worker_started_at: lock.lease.worker.startedAt,
          taken_at: lock.lease.takenAt,
          renewed_at: lock.lease.renewedAt,
        }
      : null,
    attempt: lock.attempt ? attemptJson(lock.attempt) : null,
    state_lock: plan?.stateLock
      ? {
          id: plan.stateLock.id,
          who: plan.stateLock.who,
          operation: plan.stateLock.operation,
          created: plan.stateLock.created,
        }
      : null,
    releasable: may,
    why,
  };
}
