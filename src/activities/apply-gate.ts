import { createHash } from 'node:crypto';
import type { AttemptRule } from '../domain/attempt.ts';
import { repoWorkflowId } from '../domain/ids.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { ApplyStackInput } from '../workflows/inputs.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig, type PinnedConfig } from './pinned-config.ts';
import { refreshFacts, stackFacts, type StackFacts } from './stack-facts.ts';
import { blockedByOutside, readStackNeeds } from './stack-needs.ts';
import { stackVerdict } from './stack-verdict.ts';
import { jobsOfTask } from './task-jobs.ts';
import type { TaskRequest } from './types.ts';

/** What lets an apply through. */
export interface GatePass {
  facts: StackFacts;
  rule: AttemptRule;
  /** The approval that the attempt uses up. */
  approvalId: string | null;
}

/** The workflow that asks; undefined where none does. */
export type AskingRun = Parameters<ActivityDeps['temporal']['parentOf']>[0];

/** The one attempt that a job can have: the same job never gets a second. Safe in file names. */
export function attemptIdOf(jobId: string): string {
  return `attempt-${createHash('sha256').update(jobId).digest('hex').slice(0, 24)}`;
}

/**
 * Whether this job's plan may be applied now: by what the store holds, by the policy that the task pinned and by the one in
 * force, whatever the workflow says. Changes nothing.
 * @throws PlumblineError `apply_refused` (details: `code`)
 */
export async function passGate(
  deps: ActivityDeps,
  config: PinnedConfig,
  input: ApplyStackInput,
  { run, signal }: { run: AskingRun | undefined; signal: AbortSignal },
): Promise<GatePass> {
  const facts = await stackFacts(deps, config, { jobId: input.job_id, emergency: input.emergency }, signal);
  refuseOthers(facts, input);
  await refuseForeignRun(deps, run, facts);
  return await judge(deps, config, input, facts);
}

/**
 * The same once more, directly before the first change: the plan has taken its time, and whoever stopped, paused, pinned,
 * froze or rejected meanwhile, or made the policy stricter, is heard. Changes nothing.
 * @throws PlumblineError `apply_refused` (details: `code`)
 */
export async function passAgain(
  deps: ActivityDeps,
  config: PinnedConfig,
  input: ApplyStackInput,
  { before, signal }: { before: GatePass; signal: AbortSignal },
): Promise<GatePass> {
  const again = { before: before.facts, emergency: input.emergency };
  const facts = await refreshFacts(deps, config, again, signal);
  refuseOthers(facts, input);
  const pass = await judge(deps, config, input, facts);
  if (pass.rule === before.rule && pass.approvalId === before.approvalId) return pass;
  throw refused('policy_changed', `It was let through by ${before.rule}, and would be by ${pass.rule} now.`);
}

async function judge(
  deps: ActivityDeps,
  config: PinnedConfig,
  input: ApplyStackInput,
  facts: StackFacts,
): Promise<GatePass> {
  const attempt = await deps.store.attempts.get(attemptIdOf(input.job_id));
  if (attempt)
    throw refused(
      'attempt_exists',
      `This job was begun before (${attempt.status}): one plan is applied once.`,
    );
  const kept = await deps.store.verdicts.get(input.job_id);
  if (kept?.kind !== 'apply') throw refused('not_decided', 'Nobody has decided that this plan is applied.');
  const rule = decideAgain(deps, config, { facts, input, why: 'the policy that the task began with' });
  const latest = await latestConfig(deps.store);
  const now = decideAgain(deps, latest, { facts, input, why: 'the policy that is in force by now' });
  if (rule !== now)
    throw refused('policy_changed', `The rule that lets it through was ${rule} and is ${now} by now.`);
  if (now !== 'break_glass') await refuseBehindOthers(deps, latest.settings, facts);
  const approvalId = now === 'approval' ? facts.approval!.id : null;
  return { facts, rule: now, approvalId };
}

/** The refusal, with its code in the details, and those of all reasons where there are several. */
export function refused(code: string, message: string, codes: readonly string[] = []): PlumblineError {
  const more = codes.length > 1 ? { codes: [...codes] } : {};
  return new PlumblineError('apply_refused', message, { details: { code, ...more } });
}

function refuseOthers({ task, job, plan }: StackFacts, input: ApplyStackInput): void {
  if (task.id !== input.task_id || task.repo !== input.repo || job.stackKey !== input.key) {
    throw refused('wrong_job', `The job ${job.id} is not one of the task ${input.task_id}.`);
  }
  if (task.kind === 'scan') throw refused('wrong_task', 'A scan applies nothing.');
  if (task.status !== 'running' || task.cancelRequestedAt !== null) {
    throw refused('task_ended', `The task ${task.id} is over (${task.status}), or was asked to stop.`);
  }
  if (task.configVersion !== input.config_version || job.commit !== input.commit) {
    throw refused('wrong_job', 'The config or the commit is not that of the job.');
  }
  const restores = plan?.restores ?? null;
  if (job.status !== 'completed' || !plan || plan.digest !== input.digest) {
    throw refused('stale_digest', 'This is not the plan of the job.');
  }
  if (restores !== (input.to_backup ?? null)) {
    throw refused('wrong_job', 'The plan of the job is about another saved state, or about none.');
  }
}

/** Only the task's own workflow applies: not one that somebody started by hand, nor a later run of the same name. */
async function refuseForeignRun(
  deps: ActivityDeps,
  run: AskingRun | undefined,
  { task, job }: StackFacts,
): Promise<void> {
  const expected = `${repoWorkflowId(task.repo)}/apply/${job.stackKey}`;
  const parent = run && (await deps.temporal.parentOf(run));
  if (run?.workflowId === expected && parent && parent.workflowId === task.workflowId) {
    if (parent.firstRunId === task.runId) return;
  }
  throw refused(
    'wrong_workflow',
    'Only the workflow of the running task applies its stacks; start a sync instead.',
  );
}

/** What the workflow orders is its own task; what stands outside of it is looked at again here. */
async function refuseBehindOthers(
  deps: ActivityDeps,
  settings: PublishedSettings,
  { task, job }: StackFacts,
): Promise<void> {
  const kind = task.kind as TaskRequest['kind'];
  // Asked of the store as a whole: reading all stacks and jobs for each stack would cost their square.
  if (kind === 'rollback' || !(await deps.store.stacks.anyOutside(task.repo, task.id))) return;
  const inTask = new Set((await jobsOfTask(deps, task.id)).map(({ stackKey }) => stackKey));
  const open = new Set([job.stackKey]);
  const needs = await readStackNeeds(deps, settings, { repo: task.repo, kind, inTask, open });
  const others = needs.outside(job.stackKey);
  if (others.length > 0) throw refused('blocked_by', blockedByOutside(others).reasons[0]!.message);
}

function decideAgain(
  deps: ActivityDeps,
  { settings }: Pick<PinnedConfig, 'settings'>,
  { facts, input, why }: { facts: StackFacts; input: ApplyStackInput; why: string },
): AttemptRule {
  const { auto_approve_safe, emergency, first_trigger, agreed } = input;
  const kind = facts.task.kind as TaskRequest['kind'];
  const request = { kind, auto_approve_safe, emergency, first_trigger, agreed };
  const verdict = stackVerdict(deps, settings, facts, request);
  if (verdict.kind === 'apply' && verdict.rule !== null) return verdict.rule;
  const reasons = verdict.reasons.map(({ message }) => message).join(' ');
  const codes = verdict.reasons.map(({ code }) => code);
  throw refused(codes[0] ?? verdict.kind, `Not applied, by ${why}: ${reasons}`, codes);
}
