import { z } from 'zod';
import type { Attempt, Lease } from '../../domain/attempt.ts';
import type { StackState } from '../../domain/task.ts';
import type { Records } from '../../store/control.ts';
import { auditEntry } from '../audit-log.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentNameOf } from '../environments.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { attemptJson, processText } from '../json/attempt-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { type LockJson, lockSchema, releasedSchema, releaseRequestSchema } from '../schemas/attempt.ts';
import { problemSchema } from '../schemas/problem.ts';
import { requireStack } from './attempts.ts';

const params = z.object({ repo: z.string(), '*': z.string() });
const refusals = { 403: problemSchema, 404: problemSchema };

/** Who works on a stack, and how an operator ends what a dead worker has left. */
export const lockRoutes: Routes = (app, context) => {
  readLocks(app, context);
  releaseLocks(app, context);
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
      const { name: repo } = requireRepo(deps, request.params.repo);
      const stack = await requireStack(deps, repo, request.params['*']);
      await requirePermission(request, 'read', { repo, environment: environmentNameOf(deps, stack) });
      return lockJson(deps, stack, await readLock(deps, stack));
    },
  );
};

const releaseLocks: Routes = (app, { deps, dashboard }) => {
  typed(app).post(
    '/api/locks/:repo/*',
    {
      schema: {
        tags: ['locks'],
        summary: "Releases a dead worker's hold on a stack: /api/locks/{repo}/{stack}/release",
        params,
        body: releaseRequestSchema,
        response: { 200: releasedSchema, 400: problemSchema, 409: problemSchema, ...refusals },
      },
    },
    async (request) => {
      const asked = /^(.+)\/release$/.exec(request.params['*'])?.[1];
      if (asked === undefined) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      const { name: repo } = requireRepo(deps, request.params.repo);
      const stack = await requireStack(deps, repo, asked);
      const environment = environmentNameOf(deps, stack);
      await requirePermission(request, 'release_lock', { repo, environment });
      const { attempt_id: id, reason } = request.body;
      const lock = await readLock(deps, stack);
      if (lock.lease?.attemptId !== id || !lock.attempt) {
        throw new RequestError(
          409,
          'lock_changed',
          'The stack is not held by this attempt any more: look again',
        );
      }
      const { may, why } = releasable(deps, lock);
      if (!may) throw new RequestError(409, 'lock_in_use', why);
      const settled = await release(
        deps,
        lock.attempt,
        `Released by ${request.person.id}: ${reason}`,
        ({ taskId, commit, digest, worker }) => [
          auditEntry(deps, request, {
            action: 'lock.released',
            result: 'ok',
            repo,
            stackKey: stack.key,
            environment,
            taskId,
            commit,
            digest,
            reason,
            details: { attempt_id: id, worker: processText(worker) },
          }),
        ],
      );
      dashboard.invalidate();
      const message = 'Released. What it changed is not known: the next plan shows it';
      return { attempt: attemptJson(settled), message };
    },
  );
};

interface Lock {
  lease: Lease | undefined;
  attempt: Attempt | undefined;
}

async function readLock({ store }: ApiDeps, { repo, key }: StackState): Promise<Lock> {
  const lease = await store.attempts.lease(repo, key);
  return { lease, attempt: lease && (await store.attempts.get(lease.attemptId)) };
}

/** Never while somebody may still be at work: only what is known to be lost, or was silent for the lock's life. */
function releasable(deps: ApiDeps, { lease, attempt }: Lock): { may: boolean; why: string } {
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

async function release(
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
