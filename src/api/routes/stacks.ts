import { z } from 'zod';
import { stackKey } from '../../domain/ids.ts';
import type { StackState } from '../../domain/task.ts';
import type { PlanRecord } from '../../store/store.ts';
import { errorCode } from '../../util/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { stackPlanJson } from '../json/stack-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { problemSchema } from '../schemas/problem.ts';
import { stackPlanSchema } from '../schemas/repo.ts';

const HISTORY_SHOWN = 50;

/** `GET /api/stacks/{repo}/{key}/plan`: what the stack page shows. */
export const stackRoutes: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/stacks/:repo/*',
    {
      schema: {
        tags: ['stacks'],
        summary:
          "A stack's newest plan with its text, masked, and its latest jobs: /api/stacks/{repo}/{key}/plan",
        params: z.object({ repo: z.string(), '*': z.string() }),
        response: { 200: stackPlanSchema, 404: problemSchema },
      },
    },
    async ({ params }) => {
      const match = /^(.+)\/plan$/.exec(params['*']);
      if (!match?.[1]) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      const repo = requireRepo(deps, params.repo);
      const stack = await findStack(deps, repo.name, match[1]);
      if (!stack) throw new RequestError(404, 'stack_not_found', 'Stack not found');
      const [plan, history] = await Promise.all([
        deps.store.plans.latest(repo.name, stack.key),
        deps.store.jobs.listByStack(repo.name, stack.key, HISTORY_SHOWN),
      ]);
      return stackPlanJson(stack, plan, await planText(deps, plan), {
        history,
        now: deps.clock.now(),
      });
    },
  );
};

/** A known stack by its key, or by its path. */
async function findStack(deps: ApiDeps, repo: string, asked: string): Promise<StackState | undefined> {
  return (await deps.store.stacks.get(repo, asked)) ?? deps.store.stacks.get(repo, stackKey(asked));
}

/** The tool's own text, masked by the tool; null when it is no longer kept. */
async function planText(deps: ApiDeps, plan: PlanRecord | undefined): Promise<string | null> {
  const ref = plan?.artifacts.find(({ kind }) => kind === 'plan_text');
  if (!ref) return null;
  try {
    return new TextDecoder().decode(await deps.artifacts.get(ref));
  } catch (error) {
    deps.log.warn({ err: error, code: errorCode(error), job: plan?.jobId }, 'plan text cannot be read');
    return null;
  }
}
