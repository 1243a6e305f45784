import { z } from 'zod';
import { environmentName } from '../../domain/environment.ts';
import type { RepoRequest } from '../../workflows/inputs.ts';
import { reposOf, requireEnvironment } from '../environments.ts';
import { taskJson } from '../json/task-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { problemSchema } from '../schemas/problem.ts';
import { environmentSyncSchema, syncAcceptedSchema, syncRequestSchema } from '../schemas/sync.ts';
import { createTaskIds, startSync } from '../start-sync.ts';

const KINDS = {
  sync: 'Brings live to a commit, through the approvals that the policy asks for',
  reconcile: 'Repairs drift at the commits that the stacks were last synced to',
  rollback: 'Returns to an earlier commit or to a saved state',
} as const satisfies Record<RepoRequest['kind'], string>;

const refusals = { 400: problemSchema, 403: problemSchema, 404: problemSchema, 503: problemSchema };

/** Starts what changes something: of one repo, or of all repos that an environment draws on. */
export const syncRoutes: Routes = (app, context) => {
  const { deps, dashboard } = context;
  const nextTaskId = createTaskIds();
  for (const [name, summary] of Object.entries(KINDS)) {
    const kind = name as RepoRequest['kind'];
    typed(app).post(
      `/api/repos/:repo/${kind}`,
      {
        schema: {
          tags: ['syncs'],
          summary,
          params: z.object({ repo: z.string() }),
          body: syncRequestSchema,
          response: { 202: syncAcceptedSchema, ...refusals },
        },
      },
      async (request, reply) => {
        const { name: repo } = requireRepo(deps, request.params.repo);
        const body = request.body ?? {};
        const environment = body.environment ? environmentName(body.environment) : null;
        const { task, queued } = await startSync(
          deps,
          request,
          { kind, repo, environment, body },
          nextTaskId,
        );
        dashboard.invalidate();
        const message = queued ? 'Queued behind the running task' : 'Started';
        return reply.code(202).send({ task: taskJson(task), queued, message });
      },
    );
    typed(app).post(
      `/api/environments/:name/${kind}`,
      {
        schema: {
          tags: ['environments'],
          summary: `${summary}: every repo that the environment draws on, one task each`,
          params: z.object({ name: z.string() }),
          body: syncRequestSchema,
          response: { 202: environmentSyncSchema, ...refusals },
        },
      },
      async (request, reply) => {
        const known = await requireEnvironment(deps, request.params.name);
        const repos = reposOf(deps, known);
        const { name: environment } = known.settings;
        if (repos.length === 0) throw nothingKnown(environment);
        const body = request.body ?? {};
        const tasks = [];
        for (const repo of repos) {
          const { task, queued } = await startSync(
            deps,
            request,
            { kind, repo, environment, body },
            nextTaskId,
          );
          tasks.push({ repo, task_id: task.id, queued });
        }
        dashboard.invalidate();
        return reply.code(202).send({ tasks });
      },
    );
  }
};

function nothingKnown(name: string): RequestError {
  return new RequestError(
    404,
    'environment_empty',
    `No stack is known to belong to environment ${name}: scan its repositories first`,
  );
}
