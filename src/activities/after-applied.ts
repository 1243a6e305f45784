import { join } from 'node:path';
import { automaticRollback } from '../domain/eligibility/automatic-rollback.ts';
import { holdsStack } from '../domain/eligibility/hold.ts';
import { healsAfter } from '../domain/eligibility/retry.ts';
import type { ApplyContext, Driver } from '../drivers/driver.ts';
import type { ApplyResult } from '../drivers/driver-results.ts';
import { errorCode } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import type { ApplyStackInput, ApplyStackResult } from '../workflows/inputs.ts';
import type { GatePass } from './apply-gate.ts';
import { audit } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { type OpenAttempt, resultOf } from './open-attempt.ts';
import type { PinnedConfig } from './pinned-config.ts';
import { stackPlan } from './plan-context.ts';
import { policyFor } from './stack-facts.ts';

/** What is at hand when a driver's apply has come back. */
export interface Applied {
  driver: Driver;
  context: ApplyContext;
  result: ApplyResult;
  attempt: OpenAttempt;
  pass: GatePass;
  config: PinnedConfig;
  input: ApplyStackInput;
}

/** Verifies what was applied, writes down what is known, and says it. */
export async function afterApplied(deps: ActivityDeps, applied: Applied): Promise<ApplyStackResult> {
  const { result, attempt } = applied;
  if (result.status === 'refused') return await refuseMoved(deps, applied, result);
  if (result.status === 'failed') {
    const { outcome, code, message } = result;
    if (!attempt.begun) {
      await deps.store.verdicts.note(applied.input.job_id, { status: 'failed', code, message });
      return { status: 'failed', attempt_id: null, digest: null, error_code: code, message };
    }
    const ended = await attempt.end({ status: outcome, summary: message, error: { code, message } });
    await noteUnsure(deps, applied, { code, message });
    return resultOf(ended);
  }
  if (!attempt.begun) throw new Error('The driver applied without asking to begin.');
  return await verified(deps, applied);
}

/** Writes down and answers that a fresh plan was not the one that was decided on. */
export async function refuseMoved(
  deps: ActivityDeps,
  { input, config, pass }: Pick<Applied, 'input' | 'config' | 'pass'>,
  { code, message, plan }: Pick<Extract<ApplyResult, { status: 'refused' }>, 'code' | 'message' | 'plan'>,
): Promise<ApplyStackResult> {
  const { digest } = stackPlan(deps, config, { repo: input.repo, stackKey: input.key }, plan);
  const { repo, key: stackKey, task_id: taskId, commit } = input;
  const { environment } = policyFor(config.settings, pass.facts);
  const about = { repo, stackKey, environment, taskId, commit, digest: input.digest, reason: message };
  await audit(deps, { ...about, action: 'apply.refused', result: 'refused', details: { code, digest } });
  await deps.store.verdicts.note(input.job_id, { status: 'refused', code, message });
  return { status: 'refused', attempt_id: null, digest, error_code: code, message };
}

async function verified(deps: ActivityDeps, applied: Applied): Promise<ApplyStackResult> {
  const { attempt, pass, config } = applied;
  const { policy } = policyFor(config.settings, pass.facts);
  const failure = (await verify(deps, applied)) ?? (await validate(applied, policy.validate));
  if (failure) {
    const { to, says } = nextStep(applied);
    const summary = `It was applied, but not found to be right: ${sentence(failure.message)} ${says}`;
    const ended = await attempt.end({ status: 'applied', summary, error: failure });
    return { ...resultOf(ended), ...(to === null ? {} : { roll_back_to: to }) };
  }
  const ended = await attempt.end({ status: 'applied', summary: 'Applied and verified.', error: null });
  await putSync(deps, applied, ended.id);
  return resultOf(ended);
}

/** What a failed verification leads to, by the rule that the remediation plan shows. */
function nextStep({ pass, config, input }: Applied): ReturnType<typeof automaticRollback> {
  const { task, plan, stack, sync, holds } = pass.facts;
  const { policy, environment } = policyFor(config.settings, pass.facts);
  const at = { repo: task.repo, key: stack.key, environment };
  const pins = holds.filter(({ kind, releasedAt }) => kind === 'pin' && releasedAt === null);
  return automaticRollback({
    kind: task.kind,
    pinnedTo: pins.filter((hold) => holdsStack(hold, at)).map(({ commit }) => commit),
    severity: plan?.severity ?? null,
    policy,
    commit: input.commit,
    lastGood: sync?.commit ?? null,
  });
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

async function verify(
  deps: ActivityDeps,
  applied: Applied,
): Promise<{ code: string; message: string } | null> {
  const { driver, context, config, input } = applied;
  if (!driver.verify) return null;
  try {
    const { ok, summary, plan } = await driver.verify(context);
    const { status } = stackPlan(deps, config, { repo: input.repo, stackKey: input.key }, plan);
    if (ok) await deps.store.stacks.applied(input.repo, input.key, input.job_id, status);
    if (plan.resources !== undefined)
      await deps.store.resources.declared(input.repo, input.key, plan.resources, deps.now().toISOString());
    return ok ? null : { code: 'verification_failed', message: summary };
  } catch (error) {
    const message = deps.redactor.redact(error instanceof Error ? error.message : String(error));
    return { code: errorCode(error) ?? 'verification_failed', message };
  }
}

/** The policy's own check, in the stack's folder. It only looks, so that it has the time of a plan, not that of an apply. */
async function validate(
  { context, config }: Applied,
  command: readonly string[] | null,
): Promise<{ code: string; message: string } | null> {
  const [file, ...args] = command ?? [];
  if (file === undefined) return null;
  const { workTree, stack, baseEnv, env, signal, graceMs, redact, onProgress, onProcess } = context;
  const { timeoutMs } = config.settings.scan;
  onProgress({ step: 'Running the validation command' });
  try {
    await exec(file, args, {
      cwd: join(workTree, stack.path),
      env: { ...baseEnv, ...env },
      signal,
      timeoutMs,
      graceMs,
      redact,
      onProcess,
      onLine: (line) => onProgress({ step: 'Running the validation command', line }),
    });
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'validation_failed', message: redact?.(message) ?? message };
  }
}

async function putSync(deps: ActivityDeps, { input, pass }: Applied, attemptId: string): Promise<void> {
  const at = deps.now().toISOString();
  const { sync, task } = pass.facts;
  const { repo, key: stackKey, commit, digest } = input;
  const healed = task.kind === 'reconcile';
  const heals = healsAfter(sync, { commit, at, healed });
  await deps.store.syncs.put({ repo, stackKey, commit, digest, at, attemptId, heals });
}

/** After a failed apply nobody knows what the stack is like until it is planned again. */
async function noteUnsure(
  deps: ActivityDeps,
  { input }: Applied,
  error: { code: string; message: string },
): Promise<void> {
  const { repo, key, job_id, commit } = input;
  await deps.store.stacks.failed(repo, key, job_id, commit, 'unknown', error, deps.now().toISOString());
}
