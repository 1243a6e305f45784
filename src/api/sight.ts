import type { FastifyRequest } from 'fastify';
import { stackKey } from '../domain/ids.ts';
import type { Hold } from '../domain/eligibility/hold.ts';
import { mayDo } from '../domain/permissions.ts';
import type { Person } from '../domain/person.ts';
import type { StackState } from '../domain/task.ts';
import type { ApiDeps } from './deps.ts';
import { environmentNameOf } from './environments.ts';
import { requirePermission } from './identity/require-permission.ts';
import { RequestError } from './problem.ts';

/** Where something belongs; without an environment it belongs to none. */
export interface Place {
  repo: string;
  environment: string | null;
}

/** What one person may see, by the settings in force. */
export interface Sight {
  /** Whether anything of a repo is theirs to see. */
  any: (repo: string) => boolean;
  /** Whether all of a repo is: nothing has to be left out. */
  whole: (repo: string) => boolean;
  place: (place: Place) => boolean;
  stack: (stack: Pick<StackState, 'repo' | 'path'>) => boolean;
}

/** The sight of a person. */
export function sightOf(deps: Pick<ApiDeps, 'settings'>, person: Person): Sight {
  const may = (action: 'read' | 'see', { repo, environment }: Place): boolean =>
    mayDo(person, action, { repo, environment }) === undefined;
  const whole = (repo: string): boolean => may('see', { repo, environment: null });
  return {
    any: (repo) => may('read', { repo, environment: null }),
    whole,
    place: (place) => may('see', place),
    stack: (stack) =>
      whole(stack.repo) || may('see', { repo: stack.repo, environment: environmentNameOf(deps, stack) }),
  };
}

/**
 * Lets a request go on only when its sender may see this stack.
 * @throws RequestError 403 `not_allowed`; the refusal is recorded first
 */
export async function requireSight(
  deps: Pick<ApiDeps, 'settings'>,
  request: FastifyRequest,
  stack: Pick<StackState, 'repo' | 'path'>,
): Promise<void> {
  await requirePermission(request, 'see', { repo: stack.repo, environment: environmentNameOf(deps, stack) });
}

/**
 * A known stack by its key or its path.
 * @throws RequestError 404 `stack_not_found`
 */
export async function requireStack(
  { store }: Pick<ApiDeps, 'store'>,
  repo: string,
  asked: string,
): Promise<StackState> {
  const stack = (await store.stacks.get(repo, asked)) ?? (await store.stacks.get(repo, stackKey(asked)));
  if (!stack) throw new RequestError(404, 'stack_not_found', 'Stack not found');
  return stack;
}

/**
 * Tells of stacks that are named by their keys whether they are to be seen. One that is known no longer goes by its key, which
 * is its path where the driver says nothing else.
 */
export async function sightByKey(
  { store }: Pick<ApiDeps, 'store'>,
  sight: Sight,
  repos: Iterable<string>,
): Promise<(repo: string, key: string) => boolean> {
  const paths = new Map<string, string>();
  for (const repo of new Set(repos)) {
    if (sight.whole(repo) || !sight.any(repo)) continue;
    for (const { key, path } of await store.stacks.list(repo)) paths.set(`${repo}/${key}`, path);
  }
  return (repo, key) => sight.stack({ repo, path: paths.get(`${repo}/${key}`) ?? key });
}

/** The holds that a person may see: those of a repo concern whoever sees anything of it. */
export async function seenHolds(
  deps: Pick<ApiDeps, 'store'>,
  sight: Sight,
  person: Person,
  holds: readonly Hold[],
): Promise<Hold[]> {
  const byKey = await sightByKey(
    deps,
    sight,
    holds.flatMap(({ repo }) => repo ?? []),
  );
  return holds.filter(({ scope, repo, name }) => {
    if (scope === 'stack') return byKey(repo ?? '', name);
    const environment = scope === 'environment' ? name : null;
    return mayDo(person, 'read', { repo, environment }) === undefined;
  });
}
