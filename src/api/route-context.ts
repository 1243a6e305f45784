import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { mayDo, type PersonAction } from '../domain/permissions.ts';
import type { RepoSettings } from '../domain/settings.ts';
import type { Dashboard } from './dashboard.ts';
import type { ApiDeps, ApiTiming } from './deps.ts';
import { requirePermission } from './identity/require-permission.ts';
import { notFound } from './not-found.ts';
import type { TaskFeeds } from './task-feed.ts';

/** What the routes share. */
export interface RouteContext {
  deps: ApiDeps;
  timing: ApiTiming;
  dashboard: Dashboard;
  feeds: TaskFeeds;
}

/** Adds routes to an app. */
export type Routes = (app: FastifyInstance, context: RouteContext) => void;

/** The app with routes typed by their zod schemas. */
export function typed(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>();
}

/**
 * A repo of the config in force, for whoever may see anything of it.
 * @param action what they want to do with it, for the record of a refusal
 * @throws RequestError 404 `repo_not_found`, also where nothing of it is theirs to see; such a refusal is recorded first
 */
export async function requireRepo(
  deps: ApiDeps,
  request: FastifyRequest,
  name: string,
  action: PersonAction = 'read',
): Promise<RepoSettings> {
  const scope = { repo: name, environment: null };
  const isHidden = mayDo(request.person, 'read', scope) !== undefined;
  if (isHidden) await requirePermission(request, action, scope, notFound.repo());
  const repo = deps.settings().published.repos.find((candidate) => candidate.name === name);
  if (!repo || isHidden) throw notFound.repo();
  return repo;
}
