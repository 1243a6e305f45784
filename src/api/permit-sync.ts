import type { FastifyRequest } from 'fastify';
import type { PersonAction } from '../domain/permissions.ts';
import type { Scope } from '../domain/person.ts';
import { parseRolloutReference } from '../domain/rollout-target.ts';
import type { ApiDeps } from './deps.ts';
import { environmentNameOf } from './environments.ts';
import { requirePermission } from './identity/require-permission.ts';
import { notFound } from './not-found.ts';
import { RequestError } from './problem.ts';
import { savedStateOf } from './saved-state.ts';
import { placeNamed, requirePlace, requireSeenStack } from './sight.ts';
import { stackKeysOf, type WantedSync } from './start-sync.ts';

/** What somebody wants who asks for one. */
export function actionOf(kind: WantedSync['kind']): PersonAction {
  return kind === 'rollback' ? 'rollback' : 'sync';
}

/**
 * Lets a request go on only when it makes sense and its sender may do all of it.
 * @returns the request with the saved state that it means by other words
 * @throws RequestError 400, 403; 404 for environments and stacks that they may not see; 404 and 409 for a saved state that
 * can't be returned to
 */
export async function permitSync(
  deps: ApiDeps,
  request: FastifyRequest,
  wanted: WantedSync,
): Promise<WantedSync> {
  const { kind, repo, body } = wanted;
  refuseContradictions(wanted);
  const action = actionOf(kind);
  for (const environment of wanted.environments)
    await requirePlace(request, { repo, environment }, { action, absent: notFound.someEnvironment() });
  const stacks = await stackKeysOf(deps, repo, body.stacks ?? []);
  for (const key of stacks) await requireSeenStack(deps, request, { repo, asked: key, action });
  for (const scope of await scopesOf(deps, wanted, stacks)) {
    await requirePermission(request, action, scope);
    if (body.emergency_reason) await requirePermission(request, 'break_glass', scope);
  }
  const to_backup = await savedStateOf(deps, { repo, stack: stacks[0]!, body });
  if (!to_backup) return wanted;
  await requireBackup(deps, request, { repo, stack: stacks[0]!, id: to_backup });
  return { ...wanted, body: { ...body, to_backup } };
}

/** @throws RequestError 404 `stack_not_found`, `backup_not_found`, 409 `backup_foreign` */
async function requireBackup(
  deps: ApiDeps,
  request: FastifyRequest,
  { repo, stack, id }: { repo: string; stack: string; id: string },
): Promise<void> {
  if (!(await deps.store.stacks.get(repo, stack))) throw notFound.stack();
  if (parseRolloutReference(id) !== undefined) return;
  const backup = await deps.store.attempts.backup(id);
  if (!backup) throw notFound.backup(id);
  if (backup.repo === repo && backup.stackKey === stack) return;
  const place = await placeNamed(deps, backup.repo, backup.stackKey);
  await requirePlace(request, place, { action: 'rollback', absent: notFound.backup(id) });
  throw new RequestError(
    409,
    'backup_foreign',
    `The saved state ${id} is not one of ${stack} of ${repo}: nothing was changed`,
  );
}

/** @throws RequestError 400 `invalid_request` */
function refuseContradictions({ kind, environments, body }: WantedSync): void {
  const fault = (path: string, message: string): RequestError =>
    new RequestError(400, 'invalid_request', `body/${path}: ${message}`, {
      faults: [{ path: `body/${path}`, message }],
    });
  if (body.environment && body.environments?.length)
    throw fault('environments', 'stands beside "environment": name all of them here');
  if (environments.length > 1 && (kind === 'rollback' || body.emergency_reason))
    throw fault('environments', 'is for syncs and reconciles: a rollback or an emergency is of one');
  const goals = GOALS.filter((goal) => Boolean(body[goal]));
  if (kind !== 'rollback') {
    if (body.to_commit) throw fault('to_commit', 'is for rollbacks; a sync has "commit"');
    if (goals[0] !== undefined) throw fault(goals[0], 'is for rollbacks');
    return;
  }
  if (goals.length !== 1) {
    throw fault('to_commit', 'a rollback needs either to_commit, to_backup, to_task or to_rollout');
  }
  if (!body.to_commit && body.stacks?.length !== 1) {
    throw fault('stacks', 'a rollback to a saved state is of exactly one stack');
  }
}

/** Where a rollback can go back to. */
const GOALS = ['to_commit', 'to_backup', 'to_task', 'to_rollout'] as const;

/**
 * Where somebody must be allowed to: in the environment, in those of the named stacks, or in all of the repo. A stack that
 * nobody has found yet may be of any environment: the task keeps to the one that was named, and without one it takes the
 * whole repo.
 * @throws RequestError 400 `stack_outside_environment`
 */
async function scopesOf(deps: ApiDeps, wanted: WantedSync, stacks: readonly string[]): Promise<Scope[]> {
  const { repo, environments } = wanted;
  const known = await Promise.all(stacks.map((key) => deps.store.stacks.get(repo, key)));
  const names = known.map((stack) => (stack ? environmentNameOf(deps, stack) : undefined));
  const outside = names.findIndex(
    (name) => name !== undefined && environments.length > 0 && !environments.includes(name ?? ''),
  );
  if (outside >= 0) throw outsideEnvironment(wanted, stacks[outside]!, names[outside] ?? null);
  const own = stacks.length === 0 ? [null] : names.map((name) => name ?? null);
  return [...new Set(environments.length > 0 ? environments : own)].map((name) => ({
    repo,
    environment: name,
  }));
}

function outsideEnvironment(
  { repo, environments }: WantedSync,
  key: string,
  own: string | null,
): RequestError {
  const message = `${key} of ${repo} is not of environment ${environments.join(' or ')}, but of ${own ?? 'none'}`;
  return new RequestError(400, 'stack_outside_environment', message);
}
