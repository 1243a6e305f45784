import type { FastifyRequest } from 'fastify';
import { stackKey } from '../domain/ids.ts';
import type { Hold } from '../domain/eligibility/hold.ts';
import { mayDo, type PersonAction } from '../domain/permissions.ts';
import type { Person } from '../domain/person.ts';
import type { StackState } from '../domain/task.ts';
import type { ApiDeps } from './deps.ts';
import { environmentNameOf } from './environments.ts';
import { requirePermission } from './identity/require-permission.ts';
import { notFound } from './not-found.ts';
import type { RequestError } from './problem.ts';

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

/** What somebody wants to do with a stack. */
export interface WantedOfStack {
  repo: string;
  /** Its key or its path. */
  asked: string;
  action?: PersonAction;
}

/**
 * Lets a request go on only when its sender may do this with what is at a place.
 * @param absent what they are told where they may not even see it
 * @throws RequestError `absent`, or 403 `not_allowed` where they may see it; the refusal is recorded first
 */
export async function requirePlace(
  request: FastifyRequest,
  place: Place,
  { action = 'see', absent }: { action?: PersonAction; absent: RequestError },
): Promise<void> {
  const seen = mayDo(request.person, 'see', place) === undefined;
  await requirePermission(request, action, place, seen ? undefined : absent);
}

/**
 * A known stack, for whoever may do this with it.
 * @throws RequestError 404 `stack_not_found`, also where they may not see it, 403 `not_allowed` where they may
 */
export async function requireStack(
  deps: Pick<ApiDeps, 'store' | 'settings'>,
  request: FastifyRequest,
  { repo, asked, action = 'see' }: WantedOfStack,
): Promise<StackState> {
  const { stacks } = deps.store;
  const stack = (await stacks.get(repo, asked)) ?? (await stacks.get(repo, stackKey(asked)));
  if (!stack) throw notFound.stack();
  const place = { repo, environment: environmentNameOf(deps, stack) };
  await requirePlace(request, place, { action, absent: notFound.stack() });
  return stack;
}

/**
 * Where a stack belongs that is named by its key or its path. One that nobody has found yet is taken for where its name says:
 * whoever may not see that place is told the same of both.
 */
export async function placeNamed(
  deps: Pick<ApiDeps, 'store' | 'settings'>,
  repo: string,
  asked: string,
): Promise<Place> {
  const { stacks } = deps.store;
  const known = (await stacks.get(repo, asked)) ?? (await stacks.get(repo, stackKey(asked)));
  const path = known?.path ?? asked.split('@', 1)[0]!;
  return { repo, environment: environmentNameOf(deps, { repo, path }) };
}

/**
 * Lets a request go on only where a stack, known or not, is at a place that its sender may see.
 * @param wanted.action what they want to do with it, for the record of a refusal
 * @throws RequestError 404 `stack_not_found`
 */
export async function requireSeenStack(
  deps: Pick<ApiDeps, 'store' | 'settings'>,
  request: FastifyRequest,
  { repo, asked, action = 'see' }: WantedOfStack,
): Promise<Place> {
  const place = await placeNamed(deps, repo, asked);
  if (!sightOf(deps, request.person).place(place)) {
    await requirePermission(request, action, place, notFound.stack());
  }
  return place;
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
