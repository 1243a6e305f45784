import { isNamed, type NamedObject } from '../domain/resources/object-name.ts';
import { shownResources } from '../domain/resources/known-resources.ts';
import type { StackResource } from '../domain/resources/resource.ts';
import type { StackState } from '../domain/task.ts';
import type { ApiDeps } from './deps.ts';
import { environmentNameOf } from './environments.ts';
import { attemptJson } from './json/attempt-json.ts';
import { stackJson } from './json/stack-json.ts';
import type { TraceJson } from './schemas/trace.ts';
import type { Sight } from './sight.ts';

/** Objects that are followed: a name that is everywhere needs a namespace. */
const MOST_TRACED = 50;
const ATTEMPTS_READ = 50;

/** Where objects of a name come from: of those that somebody may see. By what was last seen of each stack. */
export async function traceObject(
  deps: Pick<ApiDeps, 'store' | 'settings' | 'clock'>,
  sight: Sight,
  wanted: NamedObject,
): Promise<TraceJson[]> {
  const traces: TraceJson[] = [];
  for (const { repo, stackKey, known } of await deps.store.resources.naming(wanted.name)) {
    const stack = await deps.store.stacks.get(repo, stackKey);
    if (stack === undefined || !sight.stack(stack)) continue;
    const resources = shownResources(known)?.resources ?? [];
    for (const resource of resources) {
      if (!isNamed(resource, wanted)) continue;
      traces.push(await traceOf(deps, stack, ownersOf(resource, resources)));
      if (traces.length === MOST_TRACED) return traces;
    }
  }
  return traces;
}

/** The object itself first, the one that Git has last. */
function ownersOf(resource: StackResource, resources: readonly StackResource[]): StackResource[] {
  const byAddress = new Map(resources.map((each) => [each.address, each]));
  const chain = [resource];
  for (let at = resource.parent; at !== null; at = chain.at(-1)!.parent) {
    const owner = byAddress.get(at);
    if (owner === undefined || chain.includes(owner)) break;
    chain.push(owner);
  }
  return chain;
}

async function traceOf(
  { store, clock, settings }: Pick<ApiDeps, 'store' | 'settings' | 'clock'>,
  stack: StackState,
  chain: readonly StackResource[],
): Promise<TraceJson> {
  const { repo, key } = stack;
  const { written, sync, health } = chain.at(-1)!;
  const attempts = await store.attempts.list({ repo, stackKey: key, limit: ATTEMPTS_READ });
  // What does not say who wrote it was written by the last one, if by anybody.
  const attempt = attempts.find(({ id }) => id === written?.attempt) ?? attempts[0];
  const approvalId = attempt?.approvalId ?? null;
  const decisions = approvalId === null ? [] : await store.approvals.decisions(approvalId);
  const agreed = decisions.filter(({ kind, withdrawnAt }) => kind === 'approve' && withdrawnAt === null);
  return {
    object: chain[0]!.address,
    owners: chain.slice(1).map(({ address }) => address),
    sync,
    health,
    stack: stackJson(stack, clock.now()),
    environment: environmentNameOf({ settings }, stack),
    commit: written?.commit ?? attempt?.commit ?? null,
    attempt: attempt === undefined ? null : attemptJson(attempt),
    approved_by: [...new Set(agreed.map(({ by }) => by))],
  };
}
