import type { Attempt } from '../domain/attempt.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Has a stack planned once more, at what was applied, when its attempt was found to be applied although nobody has said so:
 * until then nobody has verified what it is like. It changes nothing, and waits for its turn like any other request; where the
 * server can't be reached the next scan finds it out.
 */
export async function lookAfterRecovery(
  { temporal, log }: Pick<ActivityDeps, 'temporal' | 'log'>,
  { id, repo, stackKey, commit }: Attempt,
): Promise<void> {
  try {
    await temporal.request(repo, {
      kind: 'sync',
      stacks: [stackKey],
      commit,
      dry_run: true,
      trigger: 'post-apply',
      actor: 'plumbline',
      reason: `The worker of attempt ${id} was lost before it had verified what it applied.`,
    });
  } catch (error) {
    log.warn({ err: error, repo, stack: stackKey }, 'A recovered stack could not be looked at');
  }
}
