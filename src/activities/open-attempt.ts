import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt, AttemptStatus } from '../domain/attempt.ts';
import type { Failure } from '../domain/task.ts';
import type { StateBackup } from '../drivers/driver-results.ts';
import type { NewAttempt } from '../store/control.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import type { ApplyStackInput, ApplyStackResult } from '../workflows/inputs.ts';
import { attemptIdOf, type GatePass, passAgain, refused } from './apply-gate.ts';
import { auditEntry, type PartialEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import type { Sink } from './plan-context.ts';
import { policyFor } from './stack-facts.ts';
import type { ToolWork } from './tool-activity.ts';

/** How an attempt ended. */
export interface AttemptEnd {
  status: Exclude<AttemptStatus, 'started'>;
  summary: string;
  error: Failure | null;
}

/** An attempt of this process, from before it begins to its end. */
export interface OpenAttempt {
  /** Whether it is on record: from then on nothing may begin again. */
  readonly begun: boolean;
  /** Aborted when the activity is, and when the lease was lost. */
  signal: AbortSignal;
  /** Takes the lease, records the attempt and uses the approval up, in one transaction. @throws PlumblineError */
  begin(facts: { backup: StateBackup | null }): Promise<void>;
  tool(event: { pgid: number; state: 'started' | 'ended' }): void;
  /** Closes the attempt with what is known. */
  end(result: AttemptEnd): Promise<Attempt>;
  /** What to answer when something failed after the beginning: nobody knows what the tool did. */
  broken(error: unknown): Promise<ApplyStackResult>;
  /** Stops renewing the lease. */
  close(): Promise<void>;
}

interface Given {
  input: ApplyStackInput;
  pass: GatePass;
  work: ToolWork;
  sink: Sink;
  outputPath: string;
}

/** Prepares the attempt of a job. Nothing is on record before `begin`. */
export function openAttempt(deps: ActivityDeps, given: Given): OpenAttempt {
  const id = attemptIdOf(given.input.job_id);
  const lost = new AbortController();
  const closing = new AbortController();
  let attempt: Attempt | undefined;
  let pending: Promise<unknown> = Promise.resolve();
  const end = async (result: AttemptEnd): Promise<Attempt> => {
    await pending;
    return await deps.store.attempts.end(id, result, deps.now().toISOString(), (ended) => [
      auditEntry(deps, endedEntry(given, ended)),
    ]);
  };
  return {
    get begun() {
      return attempt !== undefined;
    },
    signal: AbortSignal.any([given.work.signal, lost.signal]),
    begin: async ({ backup }) => {
      attempt = await beginNow(deps, given, backup);
      pending = renewUntil(deps, attempt, { given, lost, closing: closing.signal });
    },
    tool: ({ pgid, state }) => {
      const { fence } = attempt!;
      const note = async (): Promise<void> => {
        const tool = state === 'started' ? ((await deps.processes.identify(pgid)) ?? null) : null;
        if (state === 'started') await deps.store.attempts.setTool(id, fence, tool, deps.now().toISOString());
      };
      note().catch((error: unknown) =>
        deps.log.warn({ err: error, attempt: id }, 'A tool could not be noted'),
      );
    },
    end: async (result) => {
      closing.abort();
      return await end(result);
    },
    broken: async (error) => {
      closing.abort();
      const code = errorCode(error) ?? 'internal';
      const message = deps.redactor.redact(error instanceof Error ? error.message : String(error));
      const summary = `The apply broke off, and nobody knows how far it came: ${message}`;
      const ended = await end({ status: 'unknown', summary, error: { code, message } });
      return resultOf(ended);
    },
    close: async () => {
      closing.abort();
      await pending;
    },
  };
}

/** A closed attempt as the workflow hears of it. */
export function resultOf(attempt: Attempt): ApplyStackResult {
  const { id, status, summary, error } = attempt;
  const said = { attempt_id: id, digest: null, error_code: error?.code ?? null, message: summary };
  if (status === 'applied') return { status: error === null ? 'applied' : 'partial', ...said };
  if (status === 'partial') return { status: 'partial', ...said };
  if (status === 'started' || status === 'unknown') return { status: 'unknown', ...said };
  return { status: 'failed', ...said };
}

async function beginNow(deps: ActivityDeps, given: Given, backup: StateBackup | null): Promise<Attempt> {
  const { input, work, outputPath } = given;
  work.signal.throwIfAborted();
  const pass = await passAgain(deps, work.config, input, { before: given.pass, signal: work.signal });
  const { task } = pass.facts;
  const attempt = await begin(
    deps,
    { ...given, pass },
    {
      id: attemptIdOf(input.job_id),
      kind: task.kind === 'rollback' ? 'rollback' : 'apply',
      repo: input.repo,
      stackKey: input.key,
      taskId: input.task_id,
      jobId: input.job_id,
      digest: input.digest,
      commit: input.commit,
      rule: pass.rule,
      ...orderedBy(deps, given, pass.rule),
      approvalId: pass.approvalId,
      worker: deps.processes.own,
      outputPath,
      startedAt: deps.now().toISOString(),
    },
  );
  if (attempt.rule === 'break_glass') {
    const { repo, stackKey: stack, taskId, emergency } = attempt;
    deps.log.warn({ repo, stack, taskId, ...emergency }, 'EMERGENCY: a stack is changed without approvals');
  }
  try {
    if (backup?.content) await keepBackup(deps, given, attempt, backup);
  } catch (error) {
    // No tool has started: left open, recovery would wait for the end of this very process.
    await notBegun(deps, given, attempt, error);
    throw error;
  }
  return attempt;
}

function orderedBy(
  { redactor }: ActivityDeps,
  { input }: Given,
  rule: Attempt['rule'],
): Pick<Attempt, 'emergency'> {
  if (rule !== 'break_glass' || !input.emergency) return {};
  const { by, reason } = input.emergency;
  return { emergency: { by, reason: redactor.redact(reason) } };
}

async function notBegun(deps: ActivityDeps, given: Given, { id }: Attempt, error: unknown): Promise<void> {
  const message = deps.redactor.redact(error instanceof Error ? error.message : String(error));
  const summary = `The state before it could not be saved, so that nothing was begun: ${message}`;
  const failure = { code: errorCode(error) ?? 'backup_failed', message: summary };
  const result = { status: 'not_applied', summary, error: failure } as const;
  await deps.store.attempts.end(id, result, deps.now().toISOString(), (ended) => [
    auditEntry(deps, endedEntry(given, ended)),
  ]);
}

async function begin(deps: ActivityDeps, given: Given, attempt: NewAttempt): Promise<Attempt> {
  try {
    return await deps.store.attempts.begin(attempt, {}, (begun) => [
      auditEntry(deps, {
        ...aboutAttempt(given),
        action: begun.kind === 'rollback' ? 'rollback.started' : 'apply.started',
        result: 'ok',
        details: detailsOf(given, begun),
      }),
    ]);
  } catch (error) {
    if (error instanceof PlumblineError) throw refused(error.code, error.message);
    throw error;
  }
}

async function keepBackup(
  deps: ActivityDeps,
  { input, sink }: Given,
  attempt: Attempt,
  { content, lineage, serial }: StateBackup,
): Promise<void> {
  const at = deps.now().toISOString();
  await deps.store.artifacts.record(input.job_id, sink.contents, at);
  await deps.store.attempts.setBackup(attempt.id, attempt.fence, {
    id: `backup-${attempt.id}`,
    repo: input.repo,
    stackKey: input.key,
    jobId: input.job_id,
    attemptId: attempt.id,
    content: content!.digest,
    lineage,
    serial,
    commit: input.commit,
    createdAt: at,
  });
}

async function renewUntil(
  deps: ActivityDeps,
  { id, fence }: Attempt,
  { given, lost, closing }: { given: Given; lost: AbortController; closing: AbortSignal },
): Promise<void> {
  const { renewEveryMs } = given.work.config.settings.worker;
  while (!closing.aborted) {
    await delay(renewEveryMs, undefined, { signal: closing, ref: false }).catch(() => undefined);
    if (closing.aborted) return;
    try {
      await deps.store.attempts.renew(id, fence, deps.now().toISOString());
    } catch (error) {
      deps.log.warn({ err: error, attempt: id }, 'The lease of a stack could not be renewed');
      if (errorCode(error) === 'lease_lost') lost.abort(error);
    }
  }
}

function endedEntry(given: Given, { status, summary, error, ...attempt }: Attempt): PartialEntry {
  const result = status === 'applied' && error === null ? 'ok' : status === 'unknown' ? 'unknown' : 'failed';
  return {
    ...aboutAttempt(given),
    action: attempt.kind === 'rollback' ? 'rollback.ended' : 'apply.ended',
    result,
    reason: summary,
    details: { ...detailsOf(given, attempt), status },
  };
}

function aboutAttempt({ input, pass, work }: Given) {
  return {
    repo: input.repo,
    stackKey: input.key,
    environment: policyFor(work.config.settings, pass.facts).environment,
    taskId: input.task_id,
    commit: input.commit,
    digest: input.digest,
  };
}

function detailsOf({ pass, input }: Given, attempt: Pick<Attempt, 'id'>): Record<string, string> {
  const { approvalId, rule } = pass;
  return {
    attempt: attempt.id,
    rule,
    ...(approvalId === null ? {} : { approval: approvalId }),
    ...(rule === 'break_glass' && input.emergency
      ? { emergency_by: input.emergency.by, emergency_reason: input.emergency.reason }
      : {}),
  };
}
