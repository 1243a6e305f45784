import { z } from 'zod';
import { defaultOrder, environmentNamed, findEnvironment } from '../../domain/environments.ts';
import type { SyncKind } from '../../workflows/inputs.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentsInForce, reposOf, requireEnvironment } from '../environments.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { taskJson } from '../json/task-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { problemSchema } from '../schemas/problem.ts';
import {
  environmentSyncSchema,
  syncAcceptedSchema,
  type SyncRequestJson,
  syncRequestSchema,
} from '../schemas/sync.ts';
import { actionOf, permitSync } from '../permit-sync.ts';
import { createTaskIds, startSync } from '../start-sync.ts';

const KINDS = {
  sync: 'Brings live to a commit, through the approvals that the policy asks for',
  reconcile: 'Repairs drift at the commits that the stacks were last synced to',
  rollback: 'Returns to an earlier commit, to a saved state, or a workload to its revision',
} as const satisfies Record<SyncKind, string>;

const refusals = {
  400: problemSchema,
  403: problemSchema,
  404: problemSchema,
  409: problemSchema,
  503: problemSchema,
};

/** Starts what changes something: of one repo, or of all repos that an environment draws on. */
export const syncRoutes: Routes = (app, context) => {
  const nextTaskId = createTaskIds();
  for (const kind of Object.keys(KINDS) as SyncKind[]) {
    syncRepo(app, context, { kind, nextTaskId });
    syncEnvironment(app, context, { kind, nextTaskId });
  }
};

interface SyncRoute {
  kind: SyncKind;
  nextTaskId: ReturnType<typeof createTaskIds>;
}
type AddSyncRoute = (...args: [...Parameters<Routes>, SyncRoute]) => void;

const syncRepo: AddSyncRoute = (app, { deps, dashboard }, { kind, nextTaskId }) => {
  typed(app).post(
    `/api/repos/:repo/${kind}`,
    {
      schema: {
        tags: ['syncs'],
        summary: KINDS[kind],
        params: z.object({ repo: z.string() }),
        body: syncRequestSchema,
        response: { 202: syncAcceptedSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const { name: repo } = await requireRepo(deps, request, request.params.repo, actionOf(kind));
      const body = request.body ?? {};
      const wanted = { kind, repo, environments: environmentsAsked(deps, body), body };
      const permitted = await permitSync(deps, request, wanted);
      const { task, queued } = await startSync(deps, request, permitted, nextTaskId);
      dashboard.invalidate();
      const message = queued ? 'Queued behind the running task' : 'Started';
      return reply.code(202).send({ task: taskJson(task), queued, message });
    },
  );
};

const syncEnvironment: AddSyncRoute = (app, { deps, dashboard }, { kind, nextTaskId }) => {
  typed(app).post(
    `/api/environments/:name/${kind}`,
    {
      schema: {
        tags: ['environments'],
        summary: `${KINDS[kind]}: every repo that the environment draws on, one task each`,
        params: z.object({ name: z.string() }),
        body: syncRequestSchema,
        response: { 202: environmentSyncSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const known = await requireEnvironment(deps, request, request.params.name, actionOf(kind));
      const { name } = known.settings;
      const { environment: _, environments: __, ...body } = request.body ?? {};
      if (environmentsAsked(deps, request.body ?? {}).some((other) => other !== name)) throw otherNamed(name);
      const wanted = reposOf(deps, known).map((repo) => ({ kind, repo, environments: [name], body }));
      if (wanted.length === 0) throw nothingKnown(name);
      // All of them first: nothing is started of an environment that is only partly theirs.
      for (const { repo } of wanted)
        await requirePermission(request, actionOf(kind), { repo, environment: name });
      const permitted = [];
      for (const one of wanted) permitted.push(await permitSync(deps, request, one));
      const tasks = [];
      for (const one of permitted) {
        const { task, queued } = await startSync(deps, request, one, nextTaskId);
        tasks.push({ repo: one.repo, task_id: task.id, queued });
      }
      dashboard.invalidate();
      return reply.code(202).send({ tasks });
    },
  );
};

/** Each environment once, by its one name, in the order of syncing. */
function environmentsAsked(
  deps: ApiDeps,
  { environment, environments }: NonNullable<SyncRequestJson>,
): string[] {
  const inForce = environmentsInForce(deps.settings().published);
  const orderOf = (name: string) => findEnvironment(inForce, name)?.order ?? defaultOrder(name);
  const names = [...(environment ? [environment] : []), ...(environments ?? [])];
  const asked = new Set(names.map((word) => environmentNamed(inForce, word)));
  return [...asked].toSorted((a, b) => orderOf(a) - orderOf(b));
}

function otherNamed(name: string): RequestError {
  return new RequestError(
    400,
    'invalid_request',
    `The path names the environment ${name}, and the body another one: ask POST /api/repos/{repo}/… for several`,
  );
}

function nothingKnown(name: string): RequestError {
  return new RequestError(
    404,
    'environment_empty',
    `No stack is known to belong to environment ${name}: scan its repositories first`,
  );
}
