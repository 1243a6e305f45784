import { z } from 'zod';
import { requirePermission } from '../identity/require-permission.ts';
import { attemptJson, backupJson } from '../json/attempt-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { requireStack, sightByKey, sightOf } from '../sight.ts';
import { attemptsSchema, backupsSchema } from '../schemas/attempt.ts';
import { problemSchema } from '../schemas/problem.ts';

const BACKUPS_SHOWN = 200;
/** Newest attempts that are looked through for those that somebody may see. */
const MOST_ATTEMPTS = 5_000;

/** What was tried to change, and the states that were saved before. */
export const attemptRoutes: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/attempts',
    {
      schema: {
        tags: ['attempts'],
        summary: 'What was tried to change, newest first',
        querystring: z.object({
          repo: z.string().optional(),
          stack: z.string().optional(),
          task: z.string().optional(),
          limit: z.coerce.number().int().min(1).max(500).default(50),
        }),
        response: { 200: attemptsSchema, 400: problemSchema, 403: problemSchema },
      },
    },
    async (request) => {
      const { repo, stack, task, limit } = request.query;
      await requirePermission(request, 'read', { repo: repo ?? null, environment: null });
      const sight = sightOf(deps, request.person);
      const all = deps.settings().published.repos.every(({ name }) => sight.whole(name));
      const attempts = await deps.store.attempts.list({
        ...(repo === undefined ? {} : { repo }),
        ...(stack === undefined ? {} : { stackKey: stack }),
        ...(task === undefined ? {} : { taskId: task }),
        limit: all ? limit : MOST_ATTEMPTS,
      });
      const byKey = await sightByKey(
        deps,
        sight,
        attempts.map((attempt) => attempt.repo),
      );
      const seen = attempts.filter((attempt) => byKey(attempt.repo, attempt.stackKey));
      return { attempts: seen.slice(0, limit).map(attemptJson) };
    },
  );
  typed(app).get(
    '/api/repos/:repo/stacks/*',
    {
      schema: {
        tags: ['attempts'],
        summary: "A stack's saved states, newest first: /api/repos/{repo}/stacks/{stack}/backups",
        params: z.object({ repo: z.string(), '*': z.string() }),
        response: { 200: backupsSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const asked = /^(.+)\/backups$/.exec(request.params['*'])?.[1];
      if (asked === undefined) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      const { name: repo } = await requireRepo(deps, request, request.params.repo);
      const stack = await requireStack(deps, request, { repo, asked });
      return { backups: (await deps.store.attempts.backups(repo, stack.key, BACKUPS_SHOWN)).map(backupJson) };
    },
  );
};
