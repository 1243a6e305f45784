import { goesBack } from '../domain/approvals/needless.ts';
import type { Approval } from '../domain/approvals/approval.ts';
import type { RepoSettings } from '../domain/settings.ts';
import type { Job } from '../domain/task.ts';
import type { ActivityDeps, Checkouts, LongCall } from './deps.ts';

/** What a stack was approved and planned as. */
interface ApprovedJob {
  approval: Approval | undefined;
  job: Pick<Job, 'commit' | 'id'>;
}

/**
 * Whether the branch's newest commit is to be looked at: what people have approved of a sync is about to be applied at the commit that
 * was the newest when they were asked. A repair is made at an older one anyway.
 */
export async function followsBranch(
  { store }: Pick<ActivityDeps, 'store'>,
  { approval, job }: ApprovedJob,
): Promise<boolean> {
  if (approval?.status !== 'approved' || approval.commit !== job.commit) return false;
  const [plan, task] = await Promise.all([store.plans.get(approval.jobId), store.tasks.get(approval.taskId)]);
  return task?.kind === 'sync' && !goesBack({ task, restores: plan?.restores });
}

/** The branch's newest commit, where it has touched what the stack reads since this commit; null: nothing has. */
export async function unplannedCommit(
  git: Checkouts,
  repo: RepoSettings,
  { commit, paths }: { commit: string; paths: readonly string[] },
  call: LongCall,
): Promise<string | null> {
  const branch = repo.branch === null ? {} : { branch: repo.branch };
  const { commit: newest } = await git.resolve(repo, branch, call);
  if (newest === commit) return null;
  const { commits } = await git.changesSince(repo, { base: commit, commit: newest, paths }, call);
  return commits > 0 ? newest : null;
}
