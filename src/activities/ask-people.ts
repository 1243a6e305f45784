import { isLive } from '../domain/approvals/approval.ts';
import { activityInfo } from '@temporalio/activity';
import { isExpired } from '../domain/approvals/rules.ts';
import { unstableAddresses } from '../domain/approvals/moved.ts';
import type { PlanContext } from '../drivers/driver.ts';
import type { ActivityDeps } from './deps.ts';
import { artifactSink, stackOfJob } from './plan-context.ts';
import { judgedPlan, planOnce } from './plan-once.ts';
import { presentApproval } from './present-approval.ts';
import { putInPlace } from './put-in-place.ts';
import { stackFacts, type StackFacts } from './stack-facts.ts';
import { stackFolders } from './stack-folders.ts';
import { stackVerdict } from './stack-verdict.ts';
import { toolActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { PresentApprovalInput, ToolActivities } from './types.ts';
import { wake } from './wake-approval.ts';
import { withdrawApproval } from './withdraw-needless.ts';

/** The activity that puts a job's plan before people, unless it moves by itself, and wakes its approval. */
export function createPresentApproval(
  deps: ActivityDeps,
  shared: ToolShared,
): ToolActivities['presentApproval'] {
  return (input) => {
    const { activityId, attempt, workflowExecution } = activityInfo();
    const id = `${workflowExecution?.runId ?? 'local'}-ask-${activityId}-${attempt}`;
    const about = {
      taskId: input.task_id,
      stackKey: input.key ?? null,
      configVersion: input.config_version,
      scratchDir: stackFolders(deps.dataDir, input.repo, '', id).scratchDir,
    };
    return toolActivity(deps, shared, about, (work) => askPeople(deps, shared, { input, id, work }));
  };
}

interface Asking {
  input: PresentApprovalInput;
  /** Names the folder of the second plan. */
  id: string;
  work: ToolWork;
}

async function askPeople(
  deps: ActivityDeps,
  shared: ToolShared,
  asking: Asking,
): Promise<{ approval_id: string | null }> {
  const { input, work } = asking;
  const facts = await stackFacts(deps, work.config, { jobId: input.job_id }, work.signal);
  const unstable = isBeforePeople(deps, facts) ? [] : await planAgain(deps, shared, asking, facts);
  if (unstable.length > 0) {
    const verdict = stackVerdict(deps, work.config.settings, { ...facts, unstable }, input.request);
    await putInPlace(deps, input.job_id, verdict);
    await withdrawOvertaken(deps, facts);
    return { approval_id: null };
  }
  const about = { jobId: input.job_id, joined: input.request.joined ?? [] };
  return await presentApproval(deps, work.config, about, work.signal);
}

/** What people were asked about is not the plan any more, and there is no other to put in its place. */
async function withdrawOvertaken(deps: ActivityDeps, { approval, plan }: StackFacts): Promise<void> {
  if (!approval || approval.digest === plan?.digest || !['waiting', 'approved'].includes(approval.status))
    return;
  await withdrawApproval(deps, approval, 'The plan is another one by now, and one that moves by itself.');
  await wake(deps, approval);
}

/** Whether people have this very plan before them: it was planned twice then. */
function isBeforePeople(deps: Pick<ActivityDeps, 'now'>, { approval, plan }: StackFacts): boolean {
  if (!approval || approval.digest !== plan?.digest || isExpired(approval, deps.now())) return false;
  return isLive(approval);
}

/** Addresses that differ from the job's plan when the stack is planned once more. Nothing refers to what the second plan leaves: retention removes it. */
async function planAgain(
  deps: ActivityDeps,
  shared: ToolShared,
  { input, id, work }: Asking,
  { job, plan }: StackFacts,
): Promise<string[]> {
  if (!plan) return [];
  work.progress.step(`Planning ${job.stackKey} once more, before people are asked`);
  const run = {
    ...(await stackOfJob(deps, job)),
    input: { repo: job.repo, key: job.stackKey, commit: job.commit, job_id: job.id },
    folders: stackFolders(deps.dataDir, input.repo, job.stackKey, id),
    sink: artifactSink(deps),
    inTurn: ((tool) => shared.slots.run(work.signal, tool)) as NonNullable<PlanContext['inTurn']>,
  };
  const driverPlan = await planOnce(deps, run, work, plan.restores);
  work.signal.throwIfAborted();
  return unstableAddresses(plan, judgedPlan(deps, work.config, { job, driverPlan, restores: plan.restores }));
}
