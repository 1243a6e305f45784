import type { FastifyInstance } from 'fastify';
import { audit } from '../audit-log.ts';
import type { ApiDeps } from '../deps.ts';
import type { RecordRefusal } from '../identity/require-permission.ts';

const HOUR_MS = 3_600_000;

/** Writes down whoever was refused something. */
export function refusalRecorder(deps: ApiDeps): RecordRefusal {
  return (request, { action, scope, code, message }) =>
    audit(deps, request, {
      action: 'access.refused',
      result: 'refused',
      repo: scope.repo,
      environment: scope.environment,
      reason: message,
      details: { code, wanted: action },
    });
}

/** Writes down when somebody comes with a token: once an hour for each person, not for each request. */
export function registerLoginRecords(app: FastifyInstance, deps: ApiDeps): void {
  const seen = new Map<string, number>();
  app.addHook('onRequest', async (request) => {
    const { person } = request;
    if (person.via !== 'token' && person.via !== 'oidc') return;
    const now = deps.clock.now().getTime();
    if (now - (seen.get(person.id) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) return;
    // Before the record is written: of requests that come at once, one is enough.
    seen.set(person.id, now);
    await audit(deps, request, {
      action: 'login',
      result: 'ok',
      details: { via: person.via, kind: person.kind },
    });
  });
}
