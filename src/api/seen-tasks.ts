import type { FastifyRequest } from 'fastify';
import type { Failure, Task } from '../domain/task.ts';
import { countsOfJobs } from '../domain/task-counts.ts';
import type { JobOutline } from '../store/store.ts';
import type { PersonAction } from '../domain/permissions.ts';
import type { ApiDeps } from './deps.ts';
import { environmentNameOf } from './environments.ts';
import { requirePermission } from './identity/require-permission.ts';
import { notFound } from './not-found.ts';
import { type Sight, sightOf } from './sight.ts';

/**
 * Tasks as a person sees them: who may not see all of a repo gets the counts of their own stacks, and tasks that are of other
 * stacks only are left out. A task whose stacks are not known yet is there for whoever sees anything of its repo.
 */
export async function seenTasks(
  { store }: Pick<ApiDeps, 'store'>,
  sight: Sight,
  tasks: readonly Task[],
): Promise<Task[]> {
  const partly = tasks.filter(({ repo }) => sight.any(repo) && !sight.whole(repo));
  const outlines = Map.groupBy(await store.jobs.outlines(partly.map(({ id }) => id)), (job) => job.taskId);
  return tasks.flatMap((task) => {
    if (sight.whole(task.repo)) return [task];
    return sight.any(task.repo) ? (partOf(task, outlines.get(task.id) ?? [], sight) ?? []) : [];
  });
}

/** Pages that are read for whoever may see few of their tasks. */
const MOST_PAGES = 20;

/** The newest tasks that a person may see, newest first: of one repo, or of all. */
export async function newestSeenTasks(
  deps: Pick<ApiDeps, 'store'>,
  sight: Sight,
  { limit, repo, before }: { limit: number; repo?: string | undefined; before?: string | undefined },
): Promise<Task[]> {
  const seen: Task[] = [];
  let from = before;
  for (let page = 0; page < MOST_PAGES && seen.length < limit; page += 1) {
    const tasks = await deps.store.tasks.list({
      limit,
      ...(repo === undefined ? {} : { repo }),
      ...(from === undefined ? {} : { before: from }),
    });
    seen.push(...(await seenTasks(deps, sight, tasks)));
    if (tasks.length < limit) break;
    from = tasks.at(-1)!.startedAt;
  }
  return seen.slice(0, limit);
}

/** One task as a person sees it; undefined when it is not theirs to see. */
export async function seenTask(
  deps: Pick<ApiDeps, 'store'>,
  sight: Sight,
  task: Task,
): Promise<Task | undefined> {
  return (await seenTasks(deps, sight, [task]))[0];
}

/** What anybody may know who is told that a repo is busy: that there is a task. */
export function bareTask(task: Task): Task {
  return { ...task, stackKey: null, counts: countsOfJobs([]), error: null };
}

/**
 * A task as the asking person sees it.
 * @param action what they want to do with it, for the record of a refusal
 * @throws RequestError 404 `task_not_found`, also where it is not theirs to see; such a refusal is recorded first
 */
export async function requireSeenTask(
  deps: Pick<ApiDeps, 'store' | 'settings'>,
  request: FastifyRequest,
  id: string,
  action: PersonAction = 'see',
): Promise<Task> {
  const task = await deps.store.tasks.get(id);
  if (!task) throw notFound.task();
  const seen = await seenTask(deps, sightOf(deps, request.person), task);
  if (seen) return seen;
  const [job] = await deps.store.jobs.outlines([id]);
  const environment = job ? environmentNameOf(deps, job) : null;
  await requirePermission(request, action, { repo: task.repo, environment }, notFound.task());
  throw notFound.task();
}

function partOf(task: Task, jobs: readonly JobOutline[], sight: Sight): Task | undefined {
  const own = jobs.filter((job) => sight.stack(job));
  const begun = jobs.length > 0 || task.counts.total > 0;
  if (own.length === 0 && begun) return undefined;
  if (!begun && task.stackKey !== null && !sight.stack({ repo: task.repo, path: task.stackKey }))
    return undefined;
  const counts = countsOfJobs(own);
  // A task that was asked for one stack may have taken those that it blocked along.
  const stackKey = !begun || own.some((job) => job.stackKey === task.stackKey) ? task.stackKey : null;
  return { ...task, stackKey, counts, error: task.error && partOfFailure(task.error, counts) };
}

/** The reason of a task's failure may speak of any of its stacks. */
function partOfFailure({ code }: Failure, { total, completed }: Task['counts']): Failure {
  if (code === 'jobs_failed' && completed < total)
    return { code, message: `${total - completed} of ${total} stacks could not be planned.` };
  return { code, message: 'What failed concerns more than the environments that you may see.' };
}
