import { z } from 'zod';
import { branchOf, policyOfStack } from '../../domain/environments.ts';
import { remediationPlan } from '../../domain/reports/remediation-plan.ts';
import type { RemediationStep } from '../../domain/reports/remediation.ts';
import { seenVerdict } from '../../domain/eligibility/seen-verdict.ts';
import type { Task } from '../../domain/task.ts';
import type { Verdict } from '../../domain/eligibility/verdict.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentsInForce } from '../environments.ts';
import { stepJson, verdictJson } from '../json/verdict-json.ts';
import { allJobs } from '../reports.ts';
import { type Routes, typed } from '../route-context.ts';
import { requireSeenTask } from '../seen-tasks.ts';
import { type Sight, sightByKey, sightOf } from '../sight.ts';
import { problemSchema } from '../schemas/problem.ts';
import { remediationSchema, verdictsSchema } from '../schemas/sync.ts';

const params = z.object({ id: z.string() });
const refusals = { 403: problemSchema, 404: problemSchema };

/** What would remove the drift of a task, and what was decided about each of its stacks. */
export const taskPlanRoutes: Routes = (app, context) => {
  const { deps } = context;
  typed(app).get(
    '/api/tasks/:id/remediation',
    {
      schema: {
        tags: ['tasks'],
        summary: 'The steps that would remove what the task found, the most pressing first',
        params,
        response: { 200: remediationSchema, ...refusals },
      },
    },
    async (request) => {
      const task = await requireSeenTask(deps, request, request.params.id);
      const steps = await stepsOf(deps, task, sightOf(deps, request.person));
      return { steps: steps.map(stepJson) };
    },
  );
  typed(app).get(
    '/api/tasks/:id/verdicts',
    {
      schema: {
        tags: ['tasks'],
        summary: 'What was decided about each planned stack, why, and what became of it',
        params,
        response: { 200: verdictsSchema, ...refusals },
      },
    },
    async (request) => {
      const task = await requireSeenTask(deps, request, request.params.id);
      const [all, verdicts] = await Promise.all([
        allJobs(deps.store, task.id),
        deps.store.verdicts.listByTask(task.id),
      ]);
      const sight = sightOf(deps, request.person);
      const jobs = all.filter(sight.stack);
      const byKey = await sightByKey(deps, sight, [task.repo]);
      const asSeen = (verdict: Verdict): Verdict =>
        sight.whole(task.repo) ? verdict : seenVerdict(verdict, (key) => byKey(task.repo, key));
      // One job has one attempt at the most.
      const tried = await deps.store.attempts.list({ taskId: task.id, limit: all.length });
      const attempts = new Map(tried.map((attempt) => [attempt.jobId, attempt]));
      return {
        verdicts: jobs.flatMap((job) => {
          const verdict = verdicts[job.id];
          const more = { attempt: attempts.get(job.id), taskEnded: task.endedAt !== null };
          return verdict ? [verdictJson(job, asSeen(verdict), more)] : [];
        }),
      };
    },
  );
};

/** By the policy that the task had pinned: what it said then is what was decided by. */
async function stepsOf(deps: ApiDeps, task: Task, sight: Sight): Promise<RemediationStep[]> {
  const [plans, stacks, pinned] = await Promise.all([
    deps.store.plans.listByTask(task.id),
    deps.store.stacks.list(task.repo),
    deps.store.configs.get(task.configVersion),
  ]);
  const published = pinned ?? deps.settings().published;
  const environments = environmentsInForce(published);
  const ref = branchOf(published.repos, task.repo);
  const known = new Map(stacks.map((stack) => [stack.key, stack]));
  return remediationPlan(
    plans.flatMap(({ stackKey: key, changes, basis }) => {
      const stack = known.get(key);
      const place = { repo: task.repo, ref, path: stack?.path ?? key };
      if (!sight.stack(place)) return [];
      const { dependsOn = [] } = stack ?? {};
      const { problems = [] } = basis ?? {};
      return [{ key, changes, dependsOn, policy: policyOfStack(environments, place), problems }];
    }),
  );
}
