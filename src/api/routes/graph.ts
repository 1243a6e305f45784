import { z } from 'zod';
import { blockedChains } from '../../domain/order/blocked-chain.ts';
import { dependencyDepths } from '../../domain/order/dependency-graph.ts';
import { readiness } from '../../domain/resources/readiness.ts';
import type { StackState } from '../../domain/task.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { type GraphJson, graphSchema } from '../schemas/graph.ts';
import { problemSchema } from '../schemas/problem.ts';
import { sightOf } from '../sight.ts';

/** `GET /api/graph/{repo}`: which stacks need which, and why those wait that do. */
export const graphRoutes: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/graph/:repo',
    {
      schema: {
        tags: ['stacks'],
        summary: 'Which stacks of a repo need which, and what keeps those that wait',
        params: z.object({ repo: z.string() }),
        response: { 200: graphSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { name: repo } = await requireRepo(deps, request, request.params.repo);
      const sight = sightOf(deps, request.person);
      const stacks = (await deps.store.stacks.list(repo)).filter((stack) => sight.stack(stack));
      return graphJson(repo, stacks);
    },
  );
};

/** Of stacks that somebody may see: what they may not see is named nowhere. */
function graphJson(repo: string, stacks: readonly StackState[]): GraphJson {
  const known = new Set(stacks.map(({ key }) => key));
  const nodes = stacks.map((stack) => {
    const { key, status } = stack;
    const { ready, message } = readiness({ ...stack, health: stack.health ?? null });
    const dependsOn = stack.dependsOn.filter((other) => known.has(other));
    return { key, status, ready, message, dependsOn, isReady: ready === 'True' };
  });
  const levels = dependencyDepths(nodes);
  const chains = blockedChains(nodes);
  return {
    repo,
    stacks: nodes.map(({ key, status, ready, message, dependsOn }) => ({
      key,
      status,
      ready,
      message,
      depends_on: dependsOn,
      level: levels.get(key) ?? 0,
      blocked_by: chains.get(key) ?? [],
    })),
  };
}
