import { watchHealth } from '../../domain/watch-health.ts';
import { healthSchema, type HealthJson } from '../schemas/repo.ts';
import { type Routes, typed } from '../route-context.ts';
import type { ApiDeps } from '../deps.ts';
import { sharedLoad } from '../shared-load.ts';
import type { TemporalPort } from '../temporal-port.ts';

/**
 * `GET /api/health`: 200 when Temporal and the store answer, else 503. Without a worker the status is `degraded`,
 * still with 200: everything can be read, and scans wait for a worker. The same goes for an anchor of the audit log that fails,
 * and for a watch of live objects that does.
 */
export const healthRoutes: Routes = (app, { deps, timing }) => {
  // Anybody may ask this often, so Temporal is asked less often.
  const temporal = sharedLoad(
    () => deps.temporal.health(),
    timing.healthMs,
    () => deps.clock.now().getTime(),
  );
  typed(app).get(
    '/api/health',
    {
      schema: {
        tags: ['server'],
        summary: 'Whether Temporal and the store answer, and how many workers poll',
        response: { 200: healthSchema, 503: healthSchema },
      },
      config: { public: true },
    },
    async (_request, reply) => {
      const answer = await health(deps, await temporal.get());
      return reply
        .header('cache-control', 'no-store')
        .code(answer.temporal.ok && answer.store.ok ? 200 : 503)
        .send(answer);
    },
  );
};

async function health(
  deps: ApiDeps,
  temporal: Awaited<ReturnType<TemporalPort['health']>>,
): Promise<HealthJson> {
  const storeMessage = await pingStore(deps);
  // Without the store nothing is known of them.
  const anchors = storeMessage === '' ? ((await deps.anchorTroubles?.()) ?? []) : [];
  const watches = storeMessage === '' ? await watchesOf(deps) : [];
  const staffed = temporal.workers.every(({ pollers }) => pollers > 0);
  const storeOk = storeMessage === '';
  const isWell = anchors.length === 0 && watches.every(({ state }) => state === 'ok');
  return {
    status: temporal.ok && storeOk && staffed && isWell ? 'ok' : 'degraded',
    version: deps.version,
    temporal: { ok: temporal.ok, address: temporal.address, message: temporal.message },
    store: {
      ok: storeOk,
      kind: deps.store.kind,
      message: storeMessage,
    },
    workers: temporal.workers,
    audit_anchors: anchors.map(({ name, state, since, code }) => ({ name, state, since, code })),
    watches,
    temporal_ui: deps.temporalUiUrl,
    auth: deps.settings().auth.mode,
  };
}

/** By its code alone: anybody may ask. */
async function watchesOf({ store, clock }: ApiDeps): Promise<HealthJson['watches']> {
  return (await store.watches.list()).map((watch) => ({
    target: watch.target,
    state: watchHealth(watch, clock.now()),
    stacks: watch.stacks,
    heard_at: watch.aliveAt,
    code: watch.error?.code ?? null,
  }));
}

/** How long the store may take to answer, in ms. */
const STORE_PATIENCE_MS = 3_000;

async function pingStore(deps: ApiDeps): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('The store does not answer in time'), STORE_PATIENCE_MS);
  });
  const ping = deps.store.ping().then(
    () => '',
    (error: unknown) => {
      deps.log.error({ err: error }, 'the store does not answer');
      return 'The store does not answer; the log says why';
    },
  );
  try {
    return await Promise.race([ping, late]);
  } finally {
    clearTimeout(timer);
  }
}
