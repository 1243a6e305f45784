import { z } from 'zod';
import { resourcesJson } from '../json/resources-json.ts';
import { createLooks } from '../look-at-stack.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { parseObjectName } from '../../domain/resources/object-name.ts';
import { RequestError } from '../problem.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { problemSchema } from '../schemas/problem.ts';
import { resourcesSchema } from '../schemas/resources.ts';
import { tracesSchema } from '../schemas/trace.ts';
import { requireStack, sightOf } from '../sight.ts';
import { traceObject } from '../trace.ts';

/** The newest that anybody may ask for, in seconds: what was found is shared by all that long. */
const NEWEST_SECONDS = 2;

const query = z.object({
  /** In seconds. */
  max_age: z.coerce.number().min(NEWEST_SECONDS).max(86_400).default(5),
  orphans: z.enum(['true', 'false']).default('false'),
  look: z.enum(['true', 'false']).default('true'),
});

/** `GET /api/resources/{repo}/{stack}`: what a stack has, live or as it was last seen. */
export const resourceRoutes: Routes = (app, context) => {
  readResources(app, context);
  readTraces(app, context);
};

const readTraces: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/trace',
    {
      schema: {
        tags: ['stacks'],
        summary:
          'Where an object comes from, e.g. ?object=deployment/web&namespace=shop, as far as it is yours to see',
        querystring: z.object({ object: z.string().max(600), namespace: z.string().max(63).optional() }),
        response: { 200: tracesSchema, 400: problemSchema, 403: problemSchema },
      },
    },
    async (request) => {
      const { object, namespace } = request.query;
      await requirePermission(request, 'read', { repo: null, environment: null });
      const wanted = parseObjectName(object, namespace);
      if (wanted === undefined)
        throw new RequestError(400, 'invalid_request', 'object is a kind and a name, e.g. deployment/web');
      return { traces: await traceObject(deps, sightOf(deps, request.person), wanted) };
    },
  );
};

const readResources: Routes = (app, { deps }) => {
  const looks = createLooks(deps);
  typed(app).get(
    '/api/resources/:repo/*',
    {
      schema: {
        tags: ['stacks'],
        summary:
          'What a stack has, with sync state and health: /api/resources/{repo}/{stack}. Looked at anew when what is known is older than max_age seconds, unless look=false',
        params: z.object({ repo: z.string(), '*': z.string() }),
        querystring: query,
        response: { 200: resourcesSchema, 400: problemSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { max_age: maxAge, orphans, look } = request.query;
      const { name: repo } = await requireRepo(deps, request, request.params.repo);
      const stack = await requireStack(deps, request, { repo, asked: request.params['*'] });
      const wanted = { maxAgeMs: look === 'true' ? maxAge * 1000 : null, orphans: orphans === 'true' };
      const { shown, problem } = await looks.at(stack, wanted);
      return resourcesJson(stack, shown, { problem, now: deps.clock.now() });
    },
  );
};
