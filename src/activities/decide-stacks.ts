import { type ApplyOrder, planOrder } from '../domain/order/apply-order.ts';
import type { Job } from '../domain/task.ts';
import type { Verdict, VerdictReason } from '../domain/eligibility/verdict.ts';
import { errorCode } from '../util/errors.ts';
import type { ActivityDeps } from './deps.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';
import { policyFor, type StackFacts, stackFacts } from './stack-facts.ts';
import { pathsOfStack } from './stack-sources.ts';
import { blockedByOutside, readStackNeeds, type StackNeeds } from './stack-needs.ts';
import { stackVerdict } from './stack-verdict.ts';
import { jobsOfTask } from './task-jobs.ts';
import { taskActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { DecidedStack, DecidedStacks, DecideStacksInput, ToolActivities } from './types.ts';

/** The activity that decides what becomes of each planned stack of a task. */
export function createDecideStacks(deps: ActivityDeps, shared: ToolShared): ToolActivities['decideStacks'] {
  return (input) => taskActivity(deps, shared, input, (work) => decideTask(deps, input, work));
}

/** A job with what was decided about it. */
export interface Placing {
  job: Job;
  verdict: Verdict;
}

interface Decided extends Placing {
  digest: string;
}

async function decideTask(
  deps: ActivityDeps,
  input: DecideStacksInput,
  work: ToolWork,
): Promise<DecidedStacks> {
  work.progress.step('Deciding what becomes of the plans');
  const jobs = await jobsOfTask(deps, input.task_id);
  const decided: Decided[] = [];
  for (const job of jobs) {
    work.signal.throwIfAborted();
    decided.push(await decideJob(deps, input, job, work));
  }
  const open = decided.filter(({ verdict }) => verdict.kind !== 'nothing');
  const needs = await readNeeds(deps, work, input, { jobs, open });
  for (const stack of open) {
    const behind = behindOthers(stack, needs);
    if (behind !== undefined) await deps.store.verdicts.put(stack.job.id, (stack.verdict = behind));
  }
  return {
    stacks: open.map(({ job, verdict, digest }) => ({
      job_id: job.id,
      key: job.stackKey,
      digest,
      queue: job.queue,
      commit: job.commit,
      verdict: verdict.kind as DecidedStack['verdict'],
    })),
    order: orderOfOpen(work, open, needs),
    unchanged: decided.filter(({ verdict }) => verdict.kind === 'nothing' && !verdict.would).length,
  };
}

/** Who comes before the open stacks of a task. */
export async function readNeeds(
  deps: ActivityDeps,
  { config }: ToolWork,
  { repo, request }: DecideStacksInput,
  { jobs, open }: { jobs: readonly Job[]; open: readonly Placing[] },
): Promise<StackNeeds> {
  const keysOf = (of: readonly Job[]) => new Set(of.map(({ stackKey }) => stackKey));
  const [inTask, openKeys] = [keysOf(jobs), keysOf(open.map(({ job }) => job))];
  return await readStackNeeds(deps, config.settings, { repo, kind: request.kind, inTask, open: openKeys });
}

/** The order of a task's open stacks. */
export function orderOfOpen({ config }: ToolWork, open: readonly Placing[], needs: StackNeeds): ApplyOrder {
  return planOrder(
    open.map(({ job, verdict }) => ({
      key: job.stackKey,
      dependsOn: needs.within(job.stackKey),
      order: policyFor(config.settings, { job, stack: job }).order,
      heldUp: isHeldUp(job, verdict),
      // Only an emergency does not wait for earlier environments.
      overtakes: verdict.rule === 'break_glass',
    })),
  );
}

/** Whether it is being decided on, or went wrong: as `whyUnsettled` has it of stacks that are no part of the task. */
function isHeldUp({ outcome }: Job, { kind, reasons }: Verdict): boolean {
  if (kind !== 'blocked') return kind === 'wait';
  return outcome === 'errored' || outcome === 'unknown' || reasons.some(({ code }) => code === 'rejected');
}

/** What can't be decided on is blocked with the reason: the others go on. The verdict is kept. */
export async function decideJob(
  deps: ActivityDeps,
  { request }: DecideStacksInput,
  job: Job,
  { config, signal }: ToolWork,
): Promise<Decided> {
  try {
    const { emergency } = request;
    const facts = await stackFacts(deps, config, { jobId: job.id, emergency }, signal);
    const decided = applicable(deps, job, stackVerdict(deps, config.settings, facts, request));
    const more = await leftToSync(deps, config, facts, signal);
    const verdict = { ...decided, reasons: [...decided.reasons, ...more] };
    await deps.store.verdicts.put(job.id, verdict);
    return { job, verdict, digest: facts.plan?.digest ?? '' };
  } catch (error) {
    if (signal.aborted) throw error;
    const why = deps.redactor.redact(error instanceof Error ? error.message : String(error));
    const verdict = blocked(errorCode(error) ?? 'internal', `It could not be decided on: ${why}`);
    await deps.store.verdicts.put(job.id, verdict);
    return { job, verdict, digest: '' };
  }
}

/** Nobody is asked about what can only be looked at. */
function applicable({ drivers }: ActivityDeps, { kind }: Job, verdict: Verdict): Verdict {
  const driver = drivers.find((each) => each.kind === kind);
  if (driver?.apply || verdict.kind === 'nothing' || verdict.kind === 'blocked') return verdict;
  return blocked('no_apply', `Stacks of kind ${kind} can only be planned: apply this one with its own tool.`);
}

function blocked(code: string, message: string): Verdict {
  return { kind: 'blocked', reasons: [{ code, message }], rule: null, blockedBy: [] };
}

/** The verdict on what others outside of the task stand before: it is not applied. People may decide on it meanwhile. */
export function behindOthers({ job, verdict }: Placing, needs: StackNeeds): Verdict | undefined {
  const { kind, rule } = verdict;
  const others = needs.outside(job.stackKey);
  if (kind !== 'apply' || rule === 'break_glass' || others.length === 0) return undefined;
  return blockedByOutside(others);
}

/** A repair is made at what was synced last: what Git wants by now is said, and left to a sync. */
async function leftToSync(
  deps: ActivityDeps,
  config: PinnedConfig,
  { task, job, stack }: StackFacts,
  signal: AbortSignal,
): Promise<VerdictReason[]> {
  if (task.kind !== 'reconcile' || job.commit === task.commit) return [];
  const { settings, git } = config;
  const at = { repo: job.repo, stack, commit: task.commit };
  const paths = await pathsOfStack(deps, config, at, signal);
  const range = { base: job.commit, commit: task.commit, paths };
  const call = { signal, onProgress: () => undefined };
  const { commits } = await git.changesSince(repoOf(settings, job.repo), range, call);
  if (commits === 0) return [];
  const message = `Git has moved on to ${task.commit.slice(0, 12)} here: that is pending, and left to a sync.`;
  return [{ code: 'newer_commit', message }];
}
