import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { createDashboard } from './dashboard.ts';
import { type ApiDeps, timingOf } from './deps.ts';
import { registerBodies } from './plugins/bodies.ts';
import { registerErrors } from './plugins/errors.ts';
import type { RouteContext, Routes } from './route-context.ts';
import { healthRoutes } from './routes/health.ts';
import { repoRoutes } from './routes/repos.ts';
import { scanRoutes } from './routes/scans.ts';
import { stackRoutes } from './routes/stacks.ts';
import { taskRoutes } from './routes/tasks.ts';
import { createTaskFeeds } from './task-feed.ts';

const BODY_LIMIT_BYTES = 16 * 1024;
/** Job IDs and stack keys are long paths. */
const MAX_PARAM_LENGTH = 4_096;

const ROUTES: readonly Routes[] = [healthRoutes, repoRoutes, taskRoutes, scanRoutes, stackRoutes];

/**
 * The HTTP API and the web UI as a Fastify app, ready to listen or to be injected into.
 * Closing it ends every event stream; store and Temporal stay open, they belong to the caller.
 */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.log,
    disableRequestLogging: true,
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  registerErrors(app);
  registerBodies(app);
  const timing = timingOf(deps);
  const feeds = createTaskFeeds({
    store: deps.store,
    intervalMs: timing.feedMs,
    onError: (error) => deps.log.warn({ err: error }, 'a followed task could not be read'),
  });
  app.addHook('preClose', async () => feeds.close());
  const context: RouteContext = { deps, timing, dashboard: createDashboard(deps), feeds };
  for (const routes of ROUTES) routes(app, context);
  await app.ready();
  return app;
}
