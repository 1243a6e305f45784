import { rollbackBlockers } from '../../domain/eligibility/blockers.ts';
import { holdsStack } from '../../domain/eligibility/hold.ts';
import { isAskedFor } from '../../domain/asked-for.ts';
import type { Stack } from '../../domain/stack.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ActivityDeps } from '../deps.ts';
import { hasLostGlass, isEmergency } from '../emergency.ts';
import type { PinnedConfig } from '../pinned-config.ts';
import { policyFor } from '../stack-facts.ts';
import type { TaskRequest } from '../types.ts';

/** Reasons that are named; those of a frozen environment are all the same. */
const MOST_NAMED = 3;

/**
 * Lets a rollback begin only where its end could be applied: it changes Git, or pins, before anything is planned. One stack
 * that is paused, frozen or outside its window stops all of it.
 * @throws PlumblineError `rollback_blocked`
 */
export async function refuseHeld(
  deps: ActivityDeps,
  { settings }: Pick<PinnedConfig, 'settings'>,
  input: { task_id: string; repo: string; request?: TaskRequest },
  stacks: readonly Pick<Stack, 'key' | 'path'>[],
): Promise<void> {
  const { repo } = input;
  const request = input.request ?? { kind: 'rollback' };
  const task = await deps.store.tasks.get(input.task_id);
  const about = { ...request, trigger: request.trigger ?? task?.trigger };
  const holds = await deps.store.holds.active();
  const reasons = [];
  for (const stack of stacks) {
    const { policy, environment } = policyFor(settings, { job: { repo }, stack });
    const own = holds.filter((hold) => holdsStack(hold, { repo, key: stack.key, environment }));
    const manual = isAskedFor(about, stack.key);
    const ownJob = task && { task, job: { stackKey: stack.key } };
    const emergency =
      ownJob !== undefined &&
      isEmergency(deps, ownJob, request, environment) &&
      !(await hasLostGlass(deps, { repo, environment }, request));
    reasons.push(...rollbackBlockers({ policy, holds: own, manual, emergency, now: deps.now() }));
  }
  const messages = [...new Set(reasons.map(({ message }) => message))];
  if (messages.length === 0) return;
  const more = messages.length > MOST_NAMED ? ` (and ${messages.length - MOST_NAMED} more reasons)` : '';
  throw new PlumblineError(
    'rollback_blocked',
    `The rollback was not begun, and Git is as it was. ${messages.slice(0, MOST_NAMED).join(' ')}${more}`,
    { details: { codes: [...new Set(reasons.map(({ code }) => code))] } },
  );
}
