import type { Attempt } from '../domain/attempt.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import type { ActivityDeps } from './deps.ts';
import { vouchedRequest } from './vouched-request.ts';

/**
 * Has a stack planned once more, at what was applied, when its attempt was found to be applied although nobody has said so:
 * until then nobody has verified what it is like. It changes nothing, and waits for its turn like any other request; where the
 * server can't be reached the next scan finds it out.
 */
export async function lookAfterRecovery(
  deps: Pick<ActivityDeps, 'temporal' | 'log' | 'digestKey' | 'now'>,
  { id, repo, stackKey, commit }: Attempt,
): Promise<void> {
  try {
    const request: RepoRequest = {
      kind: 'sync',
      stacks: [stackKey],
      commit,
      dry_run: true,
      trigger: 'post-apply',
      actor: 'plumbline',
      reason: `The worker of attempt ${id} was lost before it had verified what it applied.`,
    };
    await deps.temporal.request(repo, vouchedRequest(deps, repo, request));
  } catch (error) {
    deps.log.warn({ err: error, repo, stack: stackKey }, 'A recovered stack could not be looked at');
  }
}
