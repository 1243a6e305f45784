import { z } from 'zod';
import { audit, type RequestRecord } from '../audit-log.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentNameOf } from '../environments.ts';
import { jobJson, taskJson } from '../json/task-json.ts';
import { notFound } from '../not-found.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { newestSeenTasks, requireSeenTask } from '../seen-tasks.ts';
import { requirePlace, sightOf } from '../sight.ts';
import { stopTask } from '../stop-task.ts';
import { openRequests, requireCancel, takeBack } from '../take-back.ts';
import { jobsSchema } from '../schemas/repo.ts';
import { problemSchema } from '../schemas/problem.ts';
import { jobSchema, taskSchema } from '../schemas/task.ts';
import { jobsPageSchema, taskResultSchema, tasksSchema } from '../schemas/lists.ts';
import type { Approval } from '../../domain/approvals/approval.ts';
import type { Task } from '../../domain/task.ts';

const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);
/** Newest jobs of a repo that are looked through for those that somebody may see. */
const MOST_JOBS = 5_000;
const taskParams = z.object({ id: z.string() });

/** Tasks and jobs: driftd's `/api/tasks/{id}`, `/api/jobs/{id}`, `/api/repos/{repo}/jobs`, and the lists around them. */
export const taskRoutes: Routes = (app, context) => {
  readTasks(app, context);
  readTaskJobs(app, context);
  readJobs(app, context);
  cancelTask(app, context);
};

const readTasks: Routes = (app, context) => {
  const { deps } = context;
  typed(app).get(
    '/api/tasks',
    {
      schema: {
        tags: ['tasks'],
        summary: 'Tasks, newest first',
        querystring: z.object({
          repo: z.string().optional(),
          limit: limit(500, 50),
          before: z.iso.datetime().optional().describe('Only tasks that started before this time'),
        }),
        response: { 200: tasksSchema, 400: problemSchema },
      },
    },
    async ({ query, person }) => {
      const before = query.before === undefined ? undefined : new Date(query.before).toISOString();
      const tasks = await newestSeenTasks(deps, sightOf(deps, person), { ...query, before });
      return { tasks: tasks.map(taskJson) };
    },
  );
  typed(app).get(
    '/api/tasks/:id',
    {
      schema: {
        tags: ['tasks'],
        summary: 'A task with its counts',
        params: taskParams,
        response: { 200: taskSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => taskJson(await requireSeenTask(deps, request, request.params.id)),
  );
};

const readTaskJobs: Routes = (app, context) => {
  const { deps } = context;
  const { store } = deps;
  typed(app).get(
    '/api/tasks/:id/jobs',
    {
      schema: {
        tags: ['tasks'],
        summary: "A task's jobs in order; `next` is the `after` of the next page",
        params: taskParams,
        querystring: z.object({
          after: z.coerce.number().int().min(-1).default(-1),
          limit: limit(5_000, 500),
        }),
        response: { 200: jobsPageSchema, 400: problemSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { query } = request;
      const task = await requireSeenTask(deps, request, request.params.id);
      const sight = sightOf(deps, request.person);
      const jobs = await store.jobs.listByTask(task.id, { afterOrdinal: query.after, limit: query.limit });
      const last = jobs.length === query.limit ? jobs.at(-1) : undefined;
      return { jobs: jobs.filter(sight.stack).map(jobJson), next: last ? last.ordinal : null };
    },
  );
};

const readJobs: Routes = (app, { deps }) => {
  const { store } = deps;
  typed(app).get(
    '/api/jobs/*',
    {
      schema: {
        tags: ['tasks'],
        summary: 'A job; the slashes of its ID may stand raw or encoded',
        params: z.object({ '*': z.string() }),
        response: { 200: jobSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const job = await store.jobs.get(request.params['*']);
      if (!job) throw notFound.job();
      const place = { repo: job.repo, environment: environmentNameOf(deps, job) };
      await requirePlace(request, place, { absent: notFound.job() });
      return jobJson(job);
    },
  );
  typed(app).get(
    '/api/repos/:repo/jobs',
    {
      schema: {
        tags: ['repos'],
        summary: "A repo's jobs, newest first",
        params: z.object({ repo: z.string() }),
        querystring: z.object({ limit: limit(500, 50) }),
        response: { 200: jobsSchema, 400: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { params, query } = request;
      const { name: repo } = await requireRepo(deps, request, params.repo);
      const sight = sightOf(deps, request.person);
      const jobs = await store.jobs.listByRepo(repo, sight.whole(repo) ? query.limit : MOST_JOBS);
      return { jobs: jobs.filter(sight.stack).slice(0, query.limit).map(jobJson) };
    },
  );
};

const cancelTask: Routes = (app, context) => {
  typed(app).post(
    '/api/tasks/:id/cancel',
    {
      schema: {
        tags: ['tasks'],
        summary:
          'Asks a running task to stop, ends one that waits, and takes back what it asks people for; what was found so far stays',
        params: taskParams,
        response: { 202: taskResultSchema, 403: problemSchema, 404: problemSchema, 409: problemSchema },
      },
    },
    async (request, reply) => {
      const task = await requireSeenTask(context.deps, request, request.params.id, 'cancel');
      await requireCancel(request, task);
      const open = await openRequests(context.deps, task);
      if (task.endedAt !== null && open.length === 0) throw ended(task);
      await audit(context.deps, request, cancelRecord(task, open));
      if (task.endedAt === null) await cancel(context.deps, task);
      await takeBack(context.deps, request, open);
      context.dashboard.invalidate();
      return reply.code(202).send({
        task: taskJson(await requireSeenTask(context.deps, request, task.id)),
        message: task.endedAt === null ? 'Cancellation requested' : takenBack(open.length),
      });
    },
  );
};

async function cancel({ store, temporal, clock }: ApiDeps, task: Task): Promise<void> {
  const at = clock.now().toISOString();
  // A task that waits has no workflow of its own: the one that holds the repo is another task's.
  const waiting = { code: 'cancelled', message: 'Cancelled before it began' };
  const now = task.status === 'queued' ? await store.tasks.failQueued(task.id, waiting, at) : task;
  if (now.endedAt !== null) return;
  await store.tasks.requestCancel(task.id, at);
  if (await stopTask({ store, temporal }, now)) return;
  // Temporal no longer knows the run: nobody else will ever end this task.
  const error = { code: 'cancelled', message: 'Cancelled; Temporal no longer knew the run' };
  await store.tasks.finish(task.id, { status: 'failed', error }, at);
}

function takenBack(plans: number): string {
  return `Taken back: nobody is asked any more about ${plans === 1 ? 'its plan' : `its ${plans} plans`}`;
}

function cancelRecord(
  { repo, stackKey, id, commit, kind, status }: Task,
  open: readonly Approval[],
): RequestRecord {
  const about = { repo, stackKey, taskId: id, commit: commit || null };
  const details = {
    kind,
    status,
    ...(open.length === 0 ? {} : { taken_back: open.map((one) => one.stackKey) }),
  };
  return { action: 'task.cancelled', result: 'ok', ...about, details };
}

function ended(task: Task): RequestError {
  return new RequestError(
    409,
    'task_ended',
    `Task ${task.id} has ended already (${task.status}), and asks people for nothing that could be taken back`,
  );
}
