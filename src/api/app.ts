import { fastifySSE } from '@fastify/sse';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { createDashboard } from './dashboard.ts';
import { type ApiDeps, timingOf } from './deps.ts';
import { refusalRecorder, registerLoginRecords } from './plugins/audit-hooks.ts';
import { registerAuth } from './plugins/auth.ts';
import { registerBodies } from './plugins/bodies.ts';
import { answerFrameworkError, pathOf, registerErrors } from './plugins/errors.ts';
import { refuseNulCharacters } from './plugins/nul-characters.ts';
import { registerOpenApi } from './plugins/openapi.ts';
import { registerSecurityHeaders } from './plugins/security-headers.ts';
import { registerWebUi } from './plugins/web-ui.ts';
import { changesSomething } from './request-origin.ts';
import type { RouteContext, Routes } from './route-context.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { auditRoutes } from './routes/audit.ts';
import { environmentRoutes } from './routes/environments.ts';
import { holdRoutes } from './routes/holds.ts';
import { lockRoutes } from './routes/locks.ts';
import { meRoutes } from './routes/me.ts';
import { syncRoutes } from './routes/syncs.ts';
import { resourceRoutes } from './routes/resources.ts';
import { taskPlanRoutes } from './routes/task-plans.ts';
import { graphRoutes } from './routes/graph.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { repoRoutes } from './routes/repos.ts';
import { reportRoutes } from './routes/reports.ts';
import { scanRoutes } from './routes/scans.ts';
import { stackRoutes } from './routes/stacks.ts';
import { taskEventRoutes } from './routes/task-events.ts';
import { taskRoutes } from './routes/tasks.ts';
import { createTaskFeeds } from './task-feed.ts';

const BODY_LIMIT_BYTES = 16 * 1024;
/** A request that has not wholly come by then holds no connection any longer. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Job IDs and stack keys are long paths. */
const MAX_PARAM_LENGTH = 4_096;

const ROUTES: readonly Routes[] = [
  healthRoutes,
  metricsRoutes,
  repoRoutes,
  taskRoutes,
  taskEventRoutes,
  reportRoutes,
  scanRoutes,
  stackRoutes,
  approvalRoutes,
  attemptRoutes,
  auditRoutes,
  environmentRoutes,
  holdRoutes,
  lockRoutes,
  meRoutes,
  syncRoutes,
  taskPlanRoutes,
  resourceRoutes,
  graphRoutes,
];

/**
 * The HTTP API and the web UI as a Fastify app, ready to listen or to be injected into.
 * Closing it ends every event stream; store and Temporal stay open, they belong to the caller.
 */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) => {
      answerFrameworkError(error, request, reply);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const timing = timingOf(deps);
  // Loaded only where it is wanted: tracing costs memory.
  if (deps.traced === true) (await import('./plugins/request-spans.ts')).registerRequestSpans(app);
  registerErrors(app);
  registerBodies(app);
  refuseNulCharacters(app);
  logAnswers(app);
  await registerSecurityHeaders(app);
  await registerAuth(app, { ...deps, onRefused: deps.onRefused ?? refusalRecorder(deps) });
  registerLoginRecords(app, deps);
  await app.register(fastifySSE, { heartbeatInterval: timing.heartbeatMs });
  await registerOpenApi(app, deps.version);
  await registerWebUi(app, deps.webRoot);
  addRoutes(app, deps);
  await app.ready();
  return app;
}

function addRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const timing = timingOf(deps);
  const feeds = createTaskFeeds({
    store: deps.store,
    intervalMs: timing.feedMs,
    onError: (error) => deps.log.warn({ err: error }, 'a followed task could not be read'),
  });
  app.addHook('preClose', async () => feeds.close());
  const context: RouteContext = { deps, timing, dashboard: createDashboard(deps), feeds };
  for (const routes of ROUTES) routes(app, context);
}

/** One line per answer, without query strings: they are the caller's business. */
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(request.caller === '' ? {} : { caller: request.caller }),
    };
    if (changesSomething(request.method)) request.log.info(line, 'answered');
    else request.log.debug(line, 'answered');
  });
}
