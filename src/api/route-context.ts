import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RepoSettings } from '../domain/settings.ts';
import type { Dashboard } from './dashboard.ts';
import type { ApiDeps, ApiTiming } from './deps.ts';
import { RequestError } from './problem.ts';
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
 * A repo of the config in force.
 * @throws RequestError 404 `repo_not_found`
 */
export function requireRepo(deps: ApiDeps, name: string): RepoSettings {
  const repo = deps.settings().published.repos.find((candidate) => candidate.name === name);
  if (!repo) throw new RequestError(404, 'repo_not_found', 'Repository not configured');
  return repo;
}
