import { type Routes, typed } from '../route-context.ts';
import { meSchema } from '../schemas/environment.ts';

/** `GET /api/me`: who the server takes the asking person for, and what they may do. */
export const meRoutes: Routes = (app) => {
  typed(app).get(
    '/api/me',
    {
      schema: { tags: ['server'], summary: 'Who you are here, and your roles', response: { 200: meSchema } },
    },
    async ({ person }) => ({
      id: person.id,
      kind: person.kind,
      teams: [...person.teams],
      via: person.via,
      roles: person.grants.map(({ role, repos, environments }) => ({
        role,
        repos: [...repos],
        environments: [...environments],
      })),
    }),
  );
};
