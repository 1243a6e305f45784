import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { MOST_APPROVALS } from '../../domain/approvals/approval.ts';
import { type Hold, holdsStack } from '../../domain/eligibility/hold.ts';
import type { Scope } from '../../domain/person.ts';
import { auditEntry } from '../audit-log.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentNameOf, requireEnvironment } from '../environments.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { holdJson } from '../json/environment-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { requireStack, seenHolds, sightOf } from '../sight.ts';
import { type HoldRequestJson, holdRequestSchema, holdSchema, holdsSchema } from '../schemas/environment.ts';
import { problemSchema } from '../schemas/problem.ts';

const refusals = { 400: problemSchema, 403: problemSchema, 404: problemSchema };

/** Pauses and pins: what keeps stacks from being applied. */
export const holdRoutes: Routes = (app, context) => {
  readHolds(app, context);
  placeHolds(app, context);
  releaseHolds(app, context);
};

const readHolds: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/holds',
    {
      schema: {
        tags: ['holds'],
        summary: 'What is paused or pinned now, oldest first',
        response: { 200: holdsSchema, 403: problemSchema },
      },
    },
    async (request) => {
      await requirePermission(request, 'read', { repo: null, environment: null });
      const { person } = request;
      const sight = sightOf(deps, person);
      const holds = await seenHolds(deps, sight, person, await deps.store.holds.active());
      return { holds: holds.map((hold) => holdJson(hold, sight)) };
    },
  );
};

const placeHolds: Routes = (app, { deps }) => {
  typed(app).post(
    '/api/holds',
    {
      schema: {
        tags: ['holds'],
        summary:
          'Pauses a repo, an environment or a stack, or pins it to a commit; the same again replaces it',
        body: holdRequestSchema,
        response: { 200: holdSchema, ...refusals },
      },
    },
    async (request) => {
      const place = await placeOf(deps, request, request.body);
      await requirePermission(request, 'hold', place.scopeOf);
      const { kind, commit, reason } = request.body;
      if (!reason)
        throw new RequestError(400, 'reason_needed', 'Say why: others have to know whether they may resume');
      if (kind === 'pin' && !commit)
        throw new RequestError(400, 'invalid_request', 'body/commit: a pin needs a commit');
      const hold: Hold = {
        id: randomUUID(),
        kind,
        ...place.hold,
        commit: kind === 'pin' ? (commit ?? null) : null,
        reason,
        by: request.person.id,
        at: deps.clock.now().toISOString(),
        releasedAt: null,
        releasedBy: null,
      };
      await deps.store.holds.place(hold, () => [
        auditEntry(deps, request, { action: 'hold.placed', result: 'ok', ...recordOf(hold, place), reason }),
      ]);
      return holdJson(hold, sightOf(deps, request.person));
    },
  );
};

const releaseHolds: Routes = (app, { deps }) => {
  typed(app).delete(
    '/api/holds',
    {
      schema: {
        tags: ['holds'],
        summary: 'Releases what is paused or pinned under this scope and name',
        body: holdRequestSchema,
        response: { 200: holdsSchema, ...refusals },
      },
    },
    async (request) => {
      const place = await placeOf(deps, request, request.body);
      await requirePermission(request, 'hold', place.scopeOf);
      const found = (await deps.store.holds.active()).filter((hold) => isSamePlace(hold, place.hold));
      if (found.length === 0) throw new RequestError(404, 'not_held', 'Nothing is paused or pinned there');
      for (const hold of found) {
        const reason = request.body.reason ?? '';
        const at = deps.clock.now().toISOString();
        await deps.store.holds.release(hold.id, request.person.id, at, () => [
          auditEntry(deps, request, {
            action: 'hold.released',
            result: 'ok',
            ...recordOf(hold, place),
            reason,
          }),
        ]);
      }
      await wakeHeldBack(deps, found);
      const sight = sightOf(deps, request.person);
      return { holds: found.map((hold) => holdJson(hold, sight)) };
    },
  );
};

/** Approved plans that a hold kept back are asked for again. Where Temporal does not answer, they find out by themselves. */
async function wakeHeldBack(deps: ApiDeps, released: readonly Hold[]): Promise<void> {
  try {
    for (const approval of await deps.store.approvals.list({
      statuses: ['approved'],
      limit: MOST_APPROVALS,
    })) {
      const { id, repo, stackKey: key, environment, digest } = approval;
      if (!released.some((hold) => holdsStack(hold, { repo, key, environment }))) continue;
      await deps.temporal.wakeApproval(repo, key, { approval_id: id, digest });
    }
  } catch (error) {
    deps.log.warn({ err: error }, 'Approvals could not be told of a released hold');
  }
}

interface Place {
  hold: Pick<Hold, 'scope' | 'repo' | 'name'>;
  /** Where somebody must be allowed to. */
  scopeOf: Scope;
}

/** Names the place in its one form: the environment's name rather than an alias, the stack's key rather than its path. */
async function placeOf(
  deps: ApiDeps,
  request: FastifyRequest,
  { scope, repo, name }: HoldRequestJson,
): Promise<Place> {
  const action = 'hold';
  if (scope === 'environment') {
    const { settings } = await requireEnvironment(deps, request, name ?? '', action);
    const only = repo ? (await requireRepo(deps, request, repo, action)).name : null;
    return {
      hold: { scope, repo: only, name: settings.name },
      scopeOf: { repo: only, environment: settings.name },
    };
  }
  const { name: repoName } = await requireRepo(deps, request, repo ?? '', action);
  if (scope === 'repo') {
    return { hold: { scope, repo: repoName, name: '' }, scopeOf: { repo: repoName, environment: null } };
  }
  const stack = await requireStack(deps, request, { repo: repoName, asked: name ?? '', action });
  return {
    hold: { scope, repo: repoName, name: stack.key },
    scopeOf: { repo: repoName, environment: environmentNameOf(deps, stack) },
  };
}

function isSamePlace(hold: Hold, place: Place['hold']): boolean {
  return hold.scope === place.scope && hold.repo === place.repo && hold.name === place.name;
}

function recordOf({ scope, kind, repo, name, commit }: Hold, { scopeOf: { environment } }: Place) {
  return {
    repo,
    environment,
    stackKey: scope === 'stack' ? name : null,
    commit,
    details: { kind, scope },
  };
}
