import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { DriftReport } from '../../domain/reports/report.ts';
import type { EnvironmentReport } from '../../domain/reports/environment.ts';
import { reportMarkdown } from '../../domain/reports/markdown.ts';
import { reportSarif } from '../../domain/reports/sarif.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { reportOfEnvironment, reportOfTask } from '../reports.ts';
import { type Routes, typed } from '../route-context.ts';
import { requireSeenTask } from '../seen-tasks.ts';
import { sightOf } from '../sight.ts';
import { problemSchema } from '../schemas/problem.ts';

const formats = z.object({ format: z.enum(['json', 'markdown', 'sarif']).default('json') });
type Format = z.infer<typeof formats>['format'];

const MEDIA_TYPES: Record<Format, string> = {
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  sarif: 'application/sarif+json; charset=utf-8',
};

const response = {
  200: {
    description: 'The report',
    content: {
      'application/json': { schema: z.any() },
      'text/markdown': { schema: z.string() },
      'application/sarif+json': { schema: z.any() },
    },
  },
  400: problemSchema,
  403: problemSchema,
  404: problemSchema,
};

/** Drift reports of a task and of an environment, as JSON, Markdown and SARIF. */
export const reportRoutes: Routes = (app, context) => {
  const { deps } = context;
  typed(app).get(
    '/api/tasks/:id/report',
    {
      schema: {
        tags: ['reports'],
        summary: "A task's drift report; of a running task, what is known so far",
        params: z.object({ id: z.string() }),
        querystring: formats,
        response,
      },
    },
    async (request, reply) => {
      const { query } = request;
      const task = await requireSeenTask(deps, request, request.params.id);
      const report = await reportOfTask(deps, task, sightOf(deps, request.person), deps.clock.now());
      return sendReport(reply, query.format, { json: report, flat: report, version: deps.version });
    },
  );
  typed(app).get(
    '/api/environments/:name/report',
    {
      schema: {
        tags: ['reports'],
        summary: 'The drift of an environment across repos and kinds, by the last results of its stacks',
        params: z.object({ name: z.string() }),
        querystring: formats,
        response,
      },
    },
    async (request, reply) => {
      const { params, query, person } = request;
      const repos = new Set(deps.settings().published.repos.map(({ name }) => name));
      const sight = sightOf(deps, person);
      const { report, flat } = await reportOfEnvironment(deps, params.name, {
        maySee: (stack) => repos.has(stack.repo) && sight.place(stack),
        onHidden: (environment, absent) =>
          requirePermission(request, 'see', { repo: null, environment }, absent),
        now: deps.clock.now(),
      });
      return sendReport(reply, query.format, { json: report, flat, version: deps.version });
    },
  );
};

function sendReport(
  reply: FastifyReply,
  format: Format,
  report: { json: DriftReport | EnvironmentReport; flat: DriftReport; version: string },
): FastifyReply {
  reply.type(MEDIA_TYPES[format]).header('cache-control', 'no-cache');
  if (format === 'markdown') return reply.send(reportMarkdown(report.flat));
  const value = format === 'json' ? report.json : reportSarif(report.flat, report.version);
  // A string passes Fastify without being serialised once more.
  return reply.send(JSON.stringify(value));
}
