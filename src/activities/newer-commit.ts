import { goesBack } from '../domain/approvals/needless.ts';
import type { Approval } from '../domain/approvals/approval.ts';
import type { RepoSettings } from '../domain/settings.ts';
import type { Job } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
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

/**
 * The branch's newest commit, where it has touched what the stack reads since this commit; null: nothing has. `paths` is asked for
 * only where the branch has moved on. `maxAgeMs`: how old the host's answer may be.
 * @throws PlumblineError with the code of what went wrong with the host, saying what to do
 */
export async function unplannedCommit(
  git: Checkouts,
  repo: RepoSettings,
  { commit, paths, maxAgeMs }: { commit: string; paths: () => Promise<readonly string[]>; maxAgeMs: number },
  call: LongCall,
): Promise<string | null> {
  const newest = await newestCommit(git, repo, maxAgeMs, call);
  if (newest === commit) return null;
  const { commits } = await git.changesSince(
    repo,
    { base: commit, commit: newest, paths: await paths() },
    call,
  );
  return commits > 0 ? newest : null;
}

async function newestCommit(
  git: Checkouts,
  repo: RepoSettings,
  maxAgeMs: number,
  call: LongCall,
): Promise<string> {
  const wanted = { ...(repo.branch === null ? {} : { branch: repo.branch }), maxAgeMs };
  try {
    return (await git.resolve(repo, wanted, call)).commit;
  } catch (error) {
    if (call.signal.aborted || !(error instanceof PlumblineError)) throw error;
    const { code, retryable, details } = error;
    throw new PlumblineError(
      code,
      `Whether a newer commit has touched this stack since its plan was approved can't be told: ${error.message} The approval stands and is tried again by itself; sync the stack to try it now.`,
      { cause: error, retryable, details },
    );
  }
}
