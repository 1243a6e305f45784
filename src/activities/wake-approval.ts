import type { Approval } from '../domain/approvals/approval.ts';
import type { ActivityDeps } from './deps.ts';

/** Tells the workflow of an approval that it has ended. */
export async function wake(deps: ActivityDeps, { id, repo, stackKey, digest }: Approval): Promise<void> {
  try {
    await deps.temporal.present(repo, stackKey, { approval_id: id, digest });
  } catch (error) {
    deps.log.warn({ err: error, repo, stack: stackKey }, 'An approval could not be told that it has ended');
  }
}
