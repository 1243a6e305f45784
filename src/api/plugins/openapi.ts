import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { DOCS_POLICY } from './security-headers.ts';

/** How routes with a wildcard are written in the document, by method and path. */
const PUBLISHED_PATHS: Record<string, string> = {
  'GET /api/jobs/*': '/api/jobs/:id',
  'GET /api/stacks/:repo/*': '/api/stacks/:repo/:stack/plan',
  'POST /api/repos/:repo/stacks/*': '/api/repos/:repo/stacks/:stack/scan',
  'GET /api/repos/:repo/stacks/*': '/api/repos/:repo/stacks/:stack/backups',
  'GET /api/approvals/:repo/*': '/api/approvals/:repo/:stack',
  'POST /api/approvals/:repo/*': '/api/approvals/:repo/:stack/:verb',
  'GET /api/resources/:repo/*': '/api/resources/:repo/:stack',
  'GET /api/locks/:repo/*': '/api/locks/:repo/:stack',
  'POST /api/locks/:repo/*': '/api/locks/:repo/:stack/release',
};

/** Collects the routes that are added after it for `/openapi.json`, and shows them at `/docs`. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  const toJsonSchema = createJsonSchemaTransform({});
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Plumbline',
        version,
        description: 'Drift of what runs against what is in Git: tasks, jobs, stacks, plans and reports.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ bearer: [] }, {}],
    },
    transform: (document) => {
      const transformed = toJsonSchema(document);
      const url = PUBLISHED_PATHS[`${[document.route.method].flat()[0]} ${transformed.url}`];
      if (url === undefined) return transformed;
      return { url, schema: withVerb(nameWildcard(transformed.schema, url), url) };
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    theme: { title: 'Plumbline API' },
    // Without the bar at the top: it offers foreign documents, and its logo carries inline styles.
    uiConfig: { layout: 'BaseLayout' },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(app.swagger()),
  );
}

/** Gives the wildcard of a route's path parameters the name that it has in the published path. */
function nameWildcard<T>(schema: T, url: string): T {
  const name = url.includes(':stack') ? 'stack' : 'id';
  return JSON.parse(JSON.stringify(schema).replaceAll('"*"', JSON.stringify(name))) as T;
}

const VERBS = { type: 'string', enum: ['approve', 'reject', 'withdraw', 'signal'] };

/** Where the wildcard holds a verb, too, it is a parameter of its own. */
function withVerb<T>(schema: T, url: string): T {
  if (!url.endsWith('/:verb')) return schema;
  const { params } = schema as { params: { properties: object; required?: string[] } };
  const named = {
    properties: { ...params.properties, verb: VERBS },
    required: [...(params.required ?? []), 'verb'],
  };
  return { ...schema, params: { ...params, ...named } };
}
