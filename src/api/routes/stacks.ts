import { z } from 'zod';
import type { PlanRecord } from '../../store/store.ts';
import { errorCode } from '../../util/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { stackPlanJson } from '../json/stack-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { requireStack } from '../sight.ts';
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
        response: { 200: stackPlanSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { params } = request;
      const match = /^(.+)\/plan$/.exec(params['*']);
      if (!match?.[1]) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      const repo = await requireRepo(deps, request, params.repo);
      const stack = await requireStack(deps, request, { repo: repo.name, asked: match[1] });
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

/** The tool's own text, masked by the tool; null when it is no longer kept. Of a clean stack a driver may make none. */
async function planText(deps: ApiDeps, plan: PlanRecord | undefined): Promise<string | null> {
  const ref = plan?.artifacts.find(({ kind }) => kind === 'plan_text');
  if (!ref) return plan?.status === 'in_sync' ? 'No changes.\n' : null;
  try {
    return new TextDecoder().decode(await deps.artifacts.get(ref));
  } catch (error) {
    deps.log.warn({ err: error, code: errorCode(error), job: plan?.jobId }, 'plan text cannot be read');
    return null;
  }
}
