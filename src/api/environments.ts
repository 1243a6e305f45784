import {
  branchOf,
  environmentOfStack,
  defaultEnvironments,
  findEnvironment,
} from '../domain/environments.ts';
import type { FastifyRequest } from 'fastify';
import { isNamedIn, mayDo, type PersonAction } from '../domain/permissions.ts';
import type { Person } from '../domain/person.ts';
import type { EnvironmentSettings } from '../domain/eligibility/policy.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { StackState } from '../domain/task.ts';
import type { ApiDeps } from './deps.ts';
import { requirePermission } from './identity/require-permission.ts';
import { notFound } from './not-found.ts';

/** The environments of the config, or the conventional ones when it lists none. */
export function environmentsInForce({
  environments,
}: Pick<PublishedSettings, 'environments'>): readonly EnvironmentSettings[] {
  return environments.length > 0 ? environments : defaultEnvironments();
}

/** The environment that a stack belongs to; null for none. */
function environmentOf(
  deps: Pick<ApiDeps, 'settings'>,
  stack: Pick<StackState, 'repo' | 'path'>,
): EnvironmentSettings | null {
  const ref = branchOf(deps.settings().published.repos, stack.repo);
  return environmentOfStack(environmentsInForce(deps.settings().published), {
    repo: stack.repo,
    ref,
    path: stack.path,
  });
}

/** The name of the environment that a stack belongs to; null for none. */
export function environmentNameOf(
  deps: Pick<ApiDeps, 'settings'>,
  stack: Pick<StackState, 'repo' | 'path'>,
): string | null {
  return environmentOf(deps, stack)?.name ?? null;
}

/** An environment with the stacks that are known to belong to it. */
export interface KnownEnvironment {
  settings: EnvironmentSettings;
  stacks: StackState[];
}

/**
 * The stacks of configured repos by their environment, in the order of syncing. Those of the config are there even when
 * nothing belongs to them.
 */
export async function knownEnvironments(deps: ApiDeps): Promise<KnownEnvironment[]> {
  const repos = new Set(deps.settings().published.repos.map(({ name }) => name));
  const known = new Map<string, KnownEnvironment>(
    environmentsInForce(deps.settings().published).map((settings) => [
      settings.name,
      { settings, stacks: [] },
    ]),
  );
  for (const stack of await deps.store.stacks.list()) {
    const settings = repos.has(stack.repo) ? environmentOf(deps, stack) : null;
    if (settings === null) continue;
    const environment = known.get(settings.name) ?? { settings, stacks: [] };
    environment.stacks.push(stack);
    known.set(settings.name, environment);
  }
  return [...known.values()].toSorted((left, right) => left.settings.order - right.settings.order);
}

/** Those that a person may see, each with the stacks of the repos that they may see. */
export function seenEnvironments(
  deps: Pick<ApiDeps, 'settings'>,
  person: Person,
  environments: readonly KnownEnvironment[],
): KnownEnvironment[] {
  return environments.flatMap((known) => {
    const { settings } = known;
    const sees = (repo: string | null): boolean =>
      mayDo(person, 'see', { repo, environment: settings.name }) === undefined;
    const stacks = known.stacks.filter(({ repo }) => sees(repo));
    const ofNoRepo = settings.sources.every(({ repo }) => repo === null) && isNamedIn(person, settings.name);
    const seen = stacks.length > 0 || sees(null) || ofNoRepo || reposOf(deps, known).some(sees);
    return seen ? [{ settings, stacks }] : [];
  });
}

/**
 * An environment by its name or an alias, with all its stacks. One that is not theirs to see is not there.
 * @param action what somebody wants to do with it, for the record of a refusal
 * @throws RequestError 404 `environment_not_found`, naming those of which the person may see something; a refusal is
 * recorded first
 */
export async function requireEnvironment(
  deps: ApiDeps,
  request: FastifyRequest,
  asked: string,
  action: PersonAction = 'see',
): Promise<KnownEnvironment> {
  const { person } = request;
  const all = await knownEnvironments(deps);
  const settings = findEnvironment(
    all.map((known) => known.settings),
    asked,
  );
  const seen = seenEnvironments(deps, person, all);
  const name = seen.find((known) => known.settings.name === settings?.name)?.settings.name;
  const found = all.find((known) => known.settings.name === name);
  if (found) return found;
  const names = seen.filter(({ stacks }) => stacks.length > 0).map(({ settings: { name: other } }) => other);
  const there = names.length === 0 ? 'none is known yet' : `there are: ${names.join(', ')}`;
  const absent = notFound.environment(asked, there);
  if (settings) await requirePermission(request, action, { repo: null, environment: settings.name }, absent);
  throw absent;
}

/** The repos that an environment draws on: those of its stacks, and those that its sources name. */
export function reposOf(deps: Pick<ApiDeps, 'settings'>, { settings, stacks }: KnownEnvironment): string[] {
  const known = stacks.map(({ repo }) => repo);
  const named = settings.sources.flatMap(({ repo }) => (repo === null ? [] : [repo]));
  return deps
    .settings()
    .published.repos.map(({ name }) => name)
    .filter((name) => known.includes(name) || named.includes(name));
}
