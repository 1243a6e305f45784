import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import { planDigest } from '../domain/digest.ts';
import { parseRolloutReference } from '../domain/rollout-target.ts';
import type { ApplyContext, PlanContext } from '../drivers/driver.ts';
import type { ApplyStackInput, ApplyStackResult } from '../workflows/inputs.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import { afterApplied } from './after-applied.ts';
import { attemptIdOf, type GatePass, passGate, refused } from './apply-gate.ts';
import { forgetOutput } from './attempt-output.ts';
import type { ActivityDeps } from './deps.ts';
import { artifactSink, inStackContext, stackOfJob } from './plan-context.ts';
import { openAttempt, type OpenAttempt } from './open-attempt.ts';
import { refuseApply } from './refuse-apply.ts';
import { restoreState } from './rollback/restore-state.ts';
import { undoRollout } from './rollback/undo-rollout.ts';
import { type StackFolders, stackFolders } from './stack-folders.ts';
import { toolActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { ToolActivities } from './types.ts';
import { withFollowUp } from './vouched-request.ts';
import { wakeApprovals } from './wake-approvals.ts';

/** Making things takes longer than looking at them: an apply has this on top of `scan.timeout`. */
const MAKING_MS = 2 * 60 * 60_000;

/** The activity that is the gate of every change. */
export function createApplyStack(deps: ActivityDeps, shared: ToolShared): ToolActivities['applyStack'] {
  return (input) => {
    const folders = stackFolders(
      deps.dataDir,
      input.repo,
      input.key,
      activityInfo().workflowExecution?.runId ?? 'local',
    );
    const about = {
      taskId: input.task_id,
      stackKey: input.key,
      configVersion: input.config_version,
      scratchDir: folders.scratchDir,
    };
    return toolActivity(deps, shared, about, async (work) =>
      withFollowUp(deps, input, await applyJob(deps, shared, { input, folders, work })),
    );
  };
}

interface ApplyRun {
  input: ApplyStackInput;
  folders: StackFolders;
  work: ToolWork;
}

async function applyJob(deps: ActivityDeps, shared: ToolShared, apply: ApplyRun): Promise<ApplyStackResult> {
  const { input, folders, work } = apply;
  try {
    work.progress.step('Checking whether this plan may be applied');
    const run = activityInfo().workflowExecution;
    const pass = await passGate(deps, work.config, input, { run, signal: work.signal });
    return await withFileLock(folders.lockPath, () => applyPassed(deps, shared, apply, pass), {
      signal: work.signal,
      onWait: () => work.progress.step('Waiting for another tool on this stack'),
    });
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'apply_refused')
      return await refuseApply(deps, work.config.settings, input, error);
    // What had begun has been answered for: nothing has.
    const code = errorCode(error) ?? 'internal';
    const message = deps.redactor.redact(error instanceof Error ? error.message : String(error));
    await deps.store.verdicts.note(input.job_id, { status: 'failed', code, message });
    throw error;
  }
}

async function applyPassed(
  deps: ActivityDeps,
  shared: ToolShared,
  { input, folders, work }: ApplyRun,
  pass: GatePass,
): Promise<ApplyStackResult> {
  const { stack, driver } = await stackOfJob(deps, pass.facts.job);
  const { to_backup } = input;
  if (!driver.apply) throw refused('no_apply', `Stacks of kind ${driver.kind} can only be planned.`);
  const sink = artifactSink(deps);
  const inTurn: PlanContext['inTurn'] = (tool) => shared.slots.run(work.signal, tool, { urgent: true });
  const outputPath = join(folders.dataDir, 'attempts', `${attemptIdOf(input.job_id)}.log`);
  await mkdir(dirname(outputPath), { recursive: true, mode: 0o700 });
  const attempt = openAttempt(deps, { input, pass, work, sink, outputPath });
  const stackRun = { input, stack, driver, folders, sink, inTurn };
  try {
    return await inStackContext(deps, stackRun, { ...work, signal: attempt.signal }, async (plain) => {
      const context = applyContext(deps, plain, { input, outputPath, attempt, work, pass });
      const { config } = work;
      if (to_backup !== undefined) {
        const restoring = { driver, context, attempt, config, input: { ...input, to_backup }, pass };
        const target = parseRolloutReference(to_backup);
        if (target === undefined) return await restoreState(deps, restoring);
        return await undoRollout(deps, { ...restoring, target, work });
      }
      const result = await driver.apply!(context, input.digest);
      const applied = { driver, context, result, attempt, pass, config, input };
      const said = await afterApplied(deps, applied);
      await wakeApprovals(deps, input, said);
      return said;
    });
  } catch (error) {
    // Before the attempt began nothing was changed; after it, what is known is written down and the rest is recovered.
    if (attempt.begun) return await attempt.broken(error);
    throw error;
  } finally {
    await attempt.close();
    if (sink.contents.length > 0)
      await deps.store.artifacts.record(input.job_id, sink.contents, deps.now().toISOString());
    await forgetOutput(await deps.store.attempts.get(attemptIdOf(input.job_id)), outputPath);
  }
}

function applyContext(
  deps: ActivityDeps,
  plain: PlanContext,
  given: { input: ApplyStackInput; outputPath: string; attempt: OpenAttempt; work: ToolWork; pass: GatePass },
): ApplyContext {
  const { input, outputPath, attempt, work, pass } = given;
  return {
    ...plain,
    timeoutMs: plain.timeoutMs + MAKING_MS,
    attemptId: attemptIdOf(input.job_id),
    onBehalf: { taskId: input.task_id, approvedBy: approvers(pass) },
    digestOf: (identity) => planDigest(deps.digestKey, identity),
    outputPath,
    onBegin: (facts) => attempt.begin(facts),
    // The tool that applies outlives its worker: it is in the attempt, so that whoever comes next waits for it.
    onProcess: (event) => (attempt.begun ? attempt.tool(event) : work.record.process(event)),
  };
}

/** Who agreed with what is applied; nobody where a rule let it through. */
function approvers({ approvalId, facts }: GatePass): string[] {
  if (approvalId === null) return [];
  const agreed = facts.decisions.filter(
    (decision) =>
      decision.approvalId === approvalId && decision.kind === 'approve' && decision.withdrawnAt === null,
  );
  return [...new Set(agreed.map(({ by }) => by))];
}
