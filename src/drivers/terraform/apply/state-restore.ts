import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UNKNOWN_BASIS } from '../../../domain/plan.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { ApplyContext, DriverPlan, PlanContext } from '../../driver.ts';
import type { RestoreResult, SavedState, StateBackup } from '../../driver-results.ts';
import { lockTimeoutMs } from '../options.ts';
import { runTool } from '../session.ts';
import { forAftermath } from './aftermath.ts';
import { noteBegin } from './begin-facts.ts';
import { lockInText } from './lock-text.ts';
import { lockHeld, presentLock, seconds } from './present-lock.ts';
import type { ReadyStack, StackMaker } from './ready-stack.ts';
import { requireSharedState } from './shared-state.ts';
import { stateChange } from './state-changes.ts';
import {
  keepState,
  pullState,
  stateContent,
  stateVersion,
  withSerial,
  type PulledState,
} from './state-file.ts';

/** Saves the state as it is; see `Driver.backup`. */
export async function backupStack(maker: StackMaker, context: PlanContext): Promise<StateBackup> {
  return await maker.inStack(context, async (stack) =>
    keepState(stack.session, stack.makeWorkspace === undefined ? await pullState(stack.session) : undefined),
  );
}

/** Plans the return to a saved state; see `Driver.planRestore`. */
export async function planRestoreStack(
  maker: StackMaker,
  context: PlanContext,
  saved: SavedState,
): Promise<DriverPlan> {
  return await maker.inStack(context, async (stack) => {
    requireSharedState(stack);
    requireWorkspace(stack);
    return restorePlan(stack, saved, await pullState(stack.session)).plan;
  });
}

/** Makes a saved state the present one; see `Driver.restore`. */
export async function restoreStack(
  maker: StackMaker,
  context: ApplyContext,
  saved: SavedState,
  digest: string,
): Promise<RestoreResult> {
  return await maker.inStack(context, async (stack) => {
    requireSharedState(stack);
    requireWorkspace(stack);
    const lock = await presentLock(stack, lockTimeoutMs(stack.options));
    if (lock !== null) throw lockHeld(context.stack.key, lock);
    const before = await pullState(stack.session);
    const { plan, target } = restorePlan(stack, saved, before);
    if (context.digestOf(plan.identity) !== digest) return moved(context, plan);
    const backup = await keepState(stack.session, before);
    await noteBegin(context.outputPath, {
      kind: 'restore',
      before: before === undefined ? null : { lineage: before.lineage, serial: before.serial },
      target: {
        lineage: target.lineage,
        serial: target.serial,
        digest: context.digestOf(stateContent(target)),
      },
    });
    await context.onBegin({ backup: backup.content === null ? null : backup });
    return { status: 'restored', lineage: target.lineage, serial: await push(stack, context, target) };
  });
}

function moved(context: ApplyContext, plan: DriverPlan): Extract<RestoreResult, { status: 'refused' }> {
  const message = `The state of ${context.stack.key} is no longer the one that its return was approved for. Nothing was changed; the return has to be approved again.`;
  return { status: 'refused', code: 'digest_changed', message, plan };
}

/** What the return would change, bound to the saved state, the present one, and where it is kept. */
function restorePlan(
  { session, backend }: ReadyStack,
  { id, content }: SavedState,
  before: PulledState | undefined,
): { plan: DriverPlan; target: PulledState } {
  const { context, tool, durationsMs } = session;
  const text = Buffer.from(content).toString('utf8');
  const wanted = stateVersion(text);
  const target = restoredState(context, text, before);
  const change = stateChange(id, before, target);
  const { key, path, workspace } = context.stack;
  const plan: DriverPlan = {
    changes: change === undefined ? [] : [change],
    outputs: [],
    tool: { name: tool.name, version: tool.version, source: tool.source },
    durationsMs,
    warnings: [],
    stateLock: null,
    artifacts: [],
    basis: UNKNOWN_BASIS,
    identity: {
      v: 1,
      repo: context.repo,
      stack: { key, path, workspace },
      target: backend === undefined ? null : { type: backend.type, config: backend.config },
      restore: {
        backup: id,
        content: createHash('sha256').update(content).digest('hex'),
        lineage: wanted.lineage,
        serial: wanted.serial,
        present: before === undefined ? null : { lineage: before.lineage, serial: before.serial },
      },
    },
  };
  return { plan, target };
}

/** A state is restored only over its own successors, with the serial after theirs. */
function restoredState(context: PlanContext, text: string, before: PulledState | undefined): PulledState {
  const wanted = stateVersion(text);
  if (before !== undefined && before.lineage !== wanted.lineage)
    throw new PlumblineError(
      'state_mismatch',
      `The saved state is not one of ${context.stack.key}: its lineage is ${wanted.lineage}, that of the present state is ${before.lineage}.`,
      { details: { lineage: wanted.lineage, present: before.lineage } },
    );
  const serial = before === undefined ? wanted.serial : before.serial + 1;
  return { text: withSerial(text, serial), lineage: wanted.lineage, serial };
}

function requireWorkspace({ session, makeWorkspace }: ReadyStack): void {
  if (makeWorkspace === undefined) return;
  const { stack } = session.context;
  throw new PlumblineError(
    'workspace_missing',
    `The workspace ${stack.workspace} of ${stack.path} does not exist, so no state can be restored in it. Create it first.`,
  );
}

/** @returns the serial that the state has now: some backends count once more when they write */
async function push(stack: ReadyStack, context: ApplyContext, target: PulledState): Promise<number> {
  const { session } = stack;
  const file = join(context.scratchDir, 'restored.tfstate');
  await writeFile(file, target.text, { mode: 0o600 });
  await mkdir(dirname(context.outputPath), { recursive: true });
  context.onProgress({ step: 'restore' });
  const timeout = `-lock-timeout=${seconds(lockTimeoutMs(stack.options))}`;
  const pushed = await runTool(session, ['state', 'push', '-no-color', '-lock=true', timeout, file], {
    step: 'restore',
    data: true,
    outputFile: context.outputPath,
  }).catch((error: unknown) => error as Error);
  const now = await pullState(forAftermath(stack).session).catch(() => undefined);
  if (now !== undefined && isWritten(context, target, now)) return now.serial;
  if (pushed instanceof Error) throw pushed;
  if (pushed.exitCode === 0) return now?.serial ?? target.serial;
  const lock = lockInText(pushed.stderr);
  if (lock !== undefined) throw lockHeld(context.stack.key, lock);
  throw new PlumblineError(
    'restore_failed',
    `The state could not be written: ${session.redact(pushed.stderr.trim()).slice(-1000) || 'another one is there'}`,
    { retryable: true },
  );
}

function isWritten(context: ApplyContext, target: PulledState, now: PulledState): boolean {
  const digest = (state: PulledState) => context.digestOf(stateContent(state));
  return now.serial >= target.serial && digest(now) === digest(target);
}
