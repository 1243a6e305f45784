import type { Hold } from '../../domain/eligibility/hold.ts';
import type { Stack } from '../../domain/stack.ts';
import type { ActivityDeps } from '../deps.ts';
import type { PinnedConfig } from '../pinned-config.ts';
import { policyFor } from '../stack-facts.ts';
import type { PrepareRollbackInput } from './types.ts';

/** What keeps automation from undoing a rollback: one pin of the environment or the repo, or one of each stack that was named. */
export function pinsOf(
  deps: Pick<ActivityDeps, 'now'>,
  { settings }: Pick<PinnedConfig, 'settings'>,
  given: { input: PrepareRollbackInput; stacks: readonly Stack[]; commit: string; merge: Hold['merge'] },
): Hold[] {
  const { input, stacks, commit, merge } = given;
  const base = {
    kind: 'pin' as const,
    repo: input.repo,
    commit,
    ...(merge === undefined ? {} : { merge }),
    reason: input.reason || `Rolled back to ${input.to_commit.slice(0, 12)}.`,
    by: input.actor || 'plumbline',
    at: deps.now().toISOString(),
    releasedAt: null,
    releasedBy: null,
  };
  if (input.stacks === null && input.environment !== null) {
    const { environment } = policyFor(settings, { job: { repo: input.repo }, stack: stacks[0]! });
    const name = environment ?? input.environment;
    return [{ ...base, id: `pin-${input.task_id}`, scope: 'environment', name }];
  }
  if (input.stacks === null) return [{ ...base, id: `pin-${input.task_id}`, scope: 'repo', name: '' }];
  return stacks.map(({ key }) => ({ ...base, id: `pin-${input.task_id}-${key}`, scope: 'stack', name: key }));
}
