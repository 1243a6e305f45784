import type { Change, IgnoredChange } from '../../domain/change.ts';
import { isOscillating } from '../../domain/eligibility/retry.ts';
import type { Job, StackState } from '../../domain/task.ts';
import type { PlanRecord } from '../../store/store.ts';
import type { ChangeJson, StackJson, StackPlanJson } from '../schemas/repo.ts';
import { jobJson } from './task-json.ts';

/** A stack's last known state at a time: the contract's keys first, Plumbline's own after them. */
export function stackJson(stack: StackState, now: Date): StackJson {
  return {
    key: stack.key,
    path: stack.path,
    kind: stack.kind,
    status: stack.status,
    drift: stack.drift,
    pending: stack.pending,
    severity: stack.severity,
    commit: stack.commit,
    scanned_at: stack.scannedAt,
    error: stack.error && { code: stack.error.code, message: stack.error.message },
    repo: stack.repo,
    workspace: stack.workspace,
    drifted_since: stack.driftedSince,
    oscillating: isOscillating(stack.heals ?? [], now),
    health: stack.health ?? null,
  };
}

/** The stack page's data: the stack, its newest plan (masked already when it was stored) and its latest jobs. */
export function stackPlanJson(
  stack: StackState,
  plan: PlanRecord | undefined,
  text: string | null,
  { history, now }: { history: Job[]; now: Date },
): StackPlanJson {
  return {
    stack: stackJson(stack, now),
    plan: plan ? planJson(plan, text) : null,
    history: history.map(jobJson),
  };
}

function planJson(plan: PlanRecord, text: string | null): NonNullable<StackPlanJson['plan']> {
  return {
    job_id: plan.jobId,
    commit: plan.commit,
    digest: plan.digest,
    created_at: plan.createdAt,
    changes: plan.changes.map(changeJson),
    ignored: plan.ignored.map(ignoredJson),
    outputs: plan.outputs.map(({ name, action, before, after, sensitive }) => ({
      name,
      action,
      before,
      after,
      sensitive,
    })),
    tool: { name: plan.tool.name, version: plan.tool.version, source: plan.tool.source },
    durations_ms: plan.durationsMs,
    warnings: plan.warnings,
    problems: (plan.basis?.problems ?? []).map(({ address, code, message }) => ({ address, code, message })),
    state_lock: plan.stateLock && {
      id: plan.stateLock.id,
      who: plan.stateLock.who,
      operation: plan.stateLock.operation,
      created: plan.stateLock.created,
    },
    text,
  };
}

/** One change, masked already when it was stored. */
export function changeJson(change: Change): ChangeJson {
  return {
    address: change.address,
    resource_type: change.kind,
    resource_name: change.name,
    action: change.action,
    actions: change.actions,
    cause: change.cause,
    before: change.before,
    after: change.after,
    attributes: change.attributes.map(({ pointer, before, after, sensitive, unknown, cause }) => ({
      pointer,
      before,
      after,
      sensitive,
      unknown,
      cause,
    })),
    replaced_because: change.replacedBecause,
    moved_from: change.movedFrom ?? null,
    changed_by: (change.changedBy ?? []).map(({ manager, operation, at }) => ({ manager, operation, at })),
    severity: change.severity,
    severity_reason: change.severityReason,
  };
}

function ignoredJson(change: IgnoredChange): ChangeJson & {
  ignored: { reason: string; rule: string; until: string | null };
} {
  const { reason, rule, until } = change.ignored;
  return { ...changeJson(change), ignored: { reason, rule, until: until ?? null } };
}
