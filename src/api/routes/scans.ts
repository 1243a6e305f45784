import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { audit } from '../audit-log.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { taskJson } from '../json/task-json.ts';
import { notFound } from '../not-found.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type RouteContext, type Routes, typed } from '../route-context.ts';
import { bareTask, seenTask } from '../seen-tasks.ts';
import { requireSeenStack, sightOf } from '../sight.ts';
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
    async (request, reply) =>
      answerScan(context, request, reply, {
        repo: request.params.repo,
        stack: null,
        body: request.body,
      }),
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
    async (request, reply) => {
      const stack = /^(.+)\/scan$/.exec(request.params['*'])?.[1];
      // Anything else under a stack's path is another request, and starts nothing.
      if (stack === undefined) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      return answerScan(context, request, reply, { repo: request.params.repo, stack, body: request.body });
    },
  );
};

async function answerScan(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { repo: name, stack, body }: { repo: string; stack: string | null; body: ScanBody },
): Promise<FastifyReply> {
  const { deps, timing, dashboard } = context;
  const action = 'scan';
  const repo = await requireRepo(deps, request, name, action);
  const whole = { repo: name, environment: null };
  const place =
    stack === null ? whole : await requireSeenStack(deps, request, { repo: name, asked: stack, action });
  const { environment } = place;
  await requirePermission(request, action, place);
  const outcome = await startScan(
    { ...deps, timing },
    {
      repo,
      stack,
      trigger: body?.trigger || null,
      commit: body?.commit || null,
      // A token's name says who it was when the body doesn't.
      actor: body?.actor || request.caller || null,
    },
  );
  dashboard.invalidate();
  if (outcome.type === 'stack_not_found') throw notFound.stack();
  if (outcome.type === 'conflict') {
    const { activeTask } = outcome;
    const seen = await seenTask(deps, sightOf(deps, request.person), activeTask);
    const active_task = taskJson(seen ?? bareTask(activeTask));
    return reply.code(409).send({ error: 'Repository scan already in progress', active_task });
  }
  await audit(deps, request, {
    action: 'task.requested',
    result: 'ok',
    repo: name,
    environment,
    stackKey: outcome.task.stackKey,
    taskId: outcome.task.id,
    commit: body?.commit || null,
    details: { kind: 'scan', trigger: outcome.task.trigger },
  });
  return reply.code(200).send({ jobs: outcome.jobs, task: taskJson(outcome.task), message: 'Job enqueued' });
}
