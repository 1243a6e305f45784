import type { ApiDeps } from '../deps.ts';
import { requirePermission } from '../identity/require-permission.ts';
import type { Routes } from '../route-context.ts';

/**
 * `GET /metrics` for Prometheus: what this process counted, and what the store says of stacks and tasks now. It counts over all
 * repos and environments, so it is for who may see all of them.
 */
export const metricsRoutes: Routes = (app, { deps }) => {
  app.get(
    '/metrics',
    { schema: { tags: ['server'], summary: 'Metrics in the text format of Prometheus' } },
    async (request, reply) => {
      await requirePermission(request, 'see', { repo: null, environment: null });
      await readGauges(deps);
      const text = await deps.metrics.registry.metrics();
      return reply.type(deps.metrics.registry.contentType).serializer(String).send(text);
    },
  );
};

async function readGauges({ store, metrics, settings, anchorTroubles }: ApiDeps): Promise<void> {
  metrics.setAnchorTroubles((await anchorTroubles?.()) ?? []);
  const configured = new Set(settings().published.repos.map(({ name }) => name));
  const [repos, running] = await Promise.all([store.stacks.countsByRepo(), store.tasks.running()]);
  metrics.setStacks(
    repos
      .filter(({ repo }) => configured.has(repo))
      .map(({ repo, byStatus, bySeverity }) => ({
        repo,
        byStatus,
        bySeverity,
        drifted: byStatus.drifted + byStatus.drifted_and_pending,
        pending: byStatus.pending + byStatus.drifted_and_pending,
      })),
  );
  const tasks = new Map([...configured].map((repo) => [repo, 0]));
  for (const { repo } of running) tasks.set(repo, (tasks.get(repo) ?? 0) + 1);
  metrics.setRunningTasks(tasks);
  metrics.setJobs({
    pending: running.reduce((sum, { counts }) => sum + counts.queued, 0),
    running: running.reduce((sum, { counts }) => sum + counts.running, 0),
  });
}
