import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { taskJson } from '../json/task-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type RouteContext, type Routes, typed } from '../route-context.ts';
import { problemSchema } from '../schemas/problem.ts';
import { scanAcceptedSchema, scanConflictSchema, scanRequestSchema } from '../schemas/task.ts';
import { startScan } from '../start-scan.ts';

const response = {
  200: scanAcceptedSchema,
  400: problemSchema,
  404: problemSchema,
  409: scanConflictSchema,
  503: problemSchema,
};
type ScanBody = z.infer<typeof scanRequestSchema>;

/** driftd's scan triggers: answered with 200 as driftd does, once the jobs are known. */
export const scanRoutes: Routes = (app, context) => {
  typed(app).post(
    '/api/repos/:repo/scan',
    {
      schema: {
        tags: ['scans'],
        summary: 'Scans all stacks of a repo',
        params: z.object({ repo: z.string() }),
        body: scanRequestSchema,
        response,
      },
    },
    async ({ params, body, caller }, reply) =>
      answerScan(context, reply, { repo: params.repo, stack: null, body, caller }),
  );
  typed(app).post(
    '/api/repos/:repo/stacks/*',
    {
      schema: {
        tags: ['scans'],
        summary: 'Scans one stack: /api/repos/{repo}/stacks/{stack}/scan',
        params: z.object({ repo: z.string(), '*': z.string() }),
        body: scanRequestSchema,
        response,
      },
    },
    async ({ params, body, caller }, reply) => {
      const stack = /^(.+)\/scan$/.exec(params['*'])?.[1];
      // Anything else under a stack's path is another request, and starts nothing.
      if (stack === undefined) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      return answerScan(context, reply, { repo: params.repo, stack, body, caller });
    },
  );
};

async function answerScan(
  context: RouteContext,
  reply: FastifyReply,
  { repo: name, stack, body, caller }: { repo: string; stack: string | null; body: ScanBody; caller: string },
): Promise<FastifyReply> {
  const { deps, timing, dashboard } = context;
  const repo = requireRepo(deps, name);
  const outcome = await startScan(
    { ...deps, timing },
    {
      repo,
      stack,
      trigger: body?.trigger || null,
      commit: body?.commit || null,
      // A token's name says who it was when the body doesn't.
      actor: body?.actor || caller || null,
    },
  );
  dashboard.invalidate();
  if (outcome.type === 'stack_not_found') throw new RequestError(404, 'stack_not_found', 'Stack not found');
  if (outcome.type === 'conflict') {
    return reply
      .code(409)
      .send({ error: 'Repository scan already in progress', active_task: taskJson(outcome.activeTask) });
  }
  return reply.code(200).send({ jobs: outcome.jobs, task: taskJson(outcome.task), message: 'Job enqueued' });
}
