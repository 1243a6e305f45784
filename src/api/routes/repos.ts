import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ReadyAnswer } from '../dashboard.ts';
import { repoJson } from '../json/repo-json.ts';
import { stackJson } from '../json/stack-json.ts';
import { taskJson } from '../json/task-json.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { newestSeenTasks, seenTask } from '../seen-tasks.ts';
import { sightOf } from '../sight.ts';
import { problemSchema } from '../schemas/problem.ts';
import { repoDetailSchema, reposSchema, stacksSchema } from '../schemas/repo.ts';

const TASKS_SHOWN = 20;
const JSON_TYPE = 'application/json; charset=utf-8';
const repoParams = z.object({ repo: z.string() });

/** Repos and their stacks: what the dashboard and the repo page show. */
export const repoRoutes: Routes = (app, context) => {
  const { deps, dashboard } = context;
  typed(app).get(
    '/api/repos',
    { schema: { tags: ['repos'], summary: 'Every repo of the config', response: { 200: reposSchema } } },
    async (request, reply) => sendReady(request, reply, await dashboard.repos(sightOf(deps, request.person))),
  );
  typed(app).get(
    '/api/stacks',
    {
      schema: {
        tags: ['stacks'],
        summary: 'The stacks of all repos; at most a quarter of a second old; answers If-None-Match',
        response: { 200: stacksSchema },
      },
    },
    async (request, reply) =>
      sendReady(request, reply, await dashboard.stacks(sightOf(deps, request.person))),
  );
  typed(app).get(
    '/api/repos/:repo',
    {
      schema: {
        tags: ['repos'],
        summary: 'A repo with its latest tasks',
        params: repoParams,
        response: { 200: repoDetailSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const repo = await requireRepo(deps, request, request.params.repo);
      const sight = sightOf(deps, request.person);
      const [stacks, tasks, active, poll] = await Promise.all([
        deps.store.stacks.list(repo.name),
        newestSeenTasks(deps, sight, { repo: repo.name, limit: TASKS_SHOWN }),
        deps.store.tasks.active(repo.name),
        deps.store.polls.get(repo.name),
      ]);
      const activeTask = active && (await seenTask(deps, sight, active));
      const known = { stacks: stacks.filter(sight.stack), lastTask: tasks[0], activeTask, poll };
      return { ...repoJson(repo, known, deps.clock.now()), tasks: tasks.map(taskJson) };
    },
  );
  stacksOfRepo(app, context);
};

const stacksOfRepo: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/repos/:repo/stacks',
    {
      schema: {
        tags: ['repos'],
        summary: 'The last known state of each stack of a repo',
        params: repoParams,
        response: { 200: stacksSchema, 404: problemSchema },
      },
    },
    async (request, reply) => {
      const repo = await requireRepo(deps, request, request.params.repo);
      const now = deps.clock.now();
      const seen = (await deps.store.stacks.list(repo.name)).filter(sightOf(deps, request.person).stack);
      const stacks = seen.map((stack) => stackJson(stack, now));
      // Written here: a check of 2,000 stacks against the schema takes longer than reading them.
      return reply.type(JSON_TYPE).send(JSON.stringify({ stacks }) as never);
    },
  );
};

/** Sends a shared answer, or 304 when the caller has it. A string or buffer passes Fastify without being serialised. */
function sendReady(request: FastifyRequest, reply: FastifyReply, ready: ReadyAnswer): FastifyReply {
  reply.header('etag', ready.etag).header('cache-control', 'private, no-cache');
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(ready.etag) || known.includes('*')) return reply.code(304).send();
  return reply.type(JSON_TYPE).send(ready.body);
}
