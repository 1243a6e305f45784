import { canonicalJson } from '../../../domain/canonical-json.ts';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type { ApplyContext, DriverPlan } from '../../driver.ts';
import type { ApplyResult, StateBackup } from '../../driver-results.ts';
import { refuseBlindPlans } from '../environment.ts';
import { lockTimeoutMs } from '../options.ts';
import { readPlanFile } from '../plan-file.ts';
import type { Planned } from '../plan-steps.ts';
import { describeRescue, forAftermath, lookAgain, sameVersion } from './aftermath.ts';
import { keepLog, runApply, type ApplyRun } from './apply-run.ts';
import { noteBegin } from './begin-facts.ts';
import { judgeApply } from './judgement.ts';
import { lockHeld, presentLock } from './present-lock.ts';
import type { ReadyStack, StackMaker } from './ready-stack.ts';
import { requireSharedState } from './shared-state.ts';
import { keepState, pullState, type PulledState } from './state-file.ts';

/** How often a plan is made again because somebody wrote the state meanwhile. */
const TRIES = 3;

/** A plan that is the approved one, and the very state it was made from. */
interface Approved {
  planned: Planned;
  plan: DriverPlan;
  state: PulledState | undefined;
}

type Refusal = Extract<ApplyResult, { status: 'refused' }>;

/** What is known when the tool begins. */
interface Begun {
  digest: string;
  approved: Approved;
  backup: StateBackup;
  maker: StackMaker;
}

/** Applies exactly what was approved; see `Driver.apply`. */
export async function applyStack(
  maker: StackMaker,
  context: ApplyContext,
  digest: string,
): Promise<ApplyResult> {
  refuseBlindPlans({ ...context.baseEnv, ...context.env }, ['TF_CLI_ARGS', 'TF_CLI_ARGS_apply']);
  return await maker.inStack(context, async (stack) => {
    requireSharedState(stack);
    const approved = await planApproved(stack, context, digest);
    if ('status' in approved) return approved;
    if (stack.makeWorkspace === undefined) {
      const lock = await presentLock(stack, lockTimeoutMs(stack.options));
      if (lock !== null) throw lockHeld(context.stack.key, lock);
    }
    const backup = await keepState(stack.session, approved.state);
    await noteBegin(context.outputPath, {
      kind: 'apply',
      before: approved.state === undefined ? null : { lineage: backup.lineage, serial: backup.serial },
      target: null,
    });
    await context.onBegin({ backup: backup.content === null ? null : backup });
    return await applyApproved(stack, context, { digest, approved, backup, maker });
  });
}

/**
 * Plans until the state is the one that the plan was made from: the saved plan names that state, and the tool refuses it
 * for any other.
 * @throws PlumblineError `state_moving`, and those of planning and `pullState`
 */
async function planApproved(
  stack: ReadyStack,
  context: ApplyContext,
  digest: string,
): Promise<Approved | Refusal> {
  for (let left = TRIES; left > 0; left--) {
    const { planned, plan } = await stack.plan(stack.session);
    if (context.digestOf(plan.identity) !== digest) return refusal(context, plan);
    if (plan.basis.mockOutputs) return refusalOfMocks(context, plan);
    const state = stack.makeWorkspace === undefined ? await pullState(stack.session) : undefined;
    if (sameVersion(readPlanFile(planned.binary), state)) return { planned, plan, state };
  }
  throw new PlumblineError(
    'state_moving',
    `Somebody writes the state of ${context.stack.key} all the time: it was another one after each of ${TRIES} plans. Try again when that is done.`,
    { retryable: true },
  );
}

function refusal(context: ApplyContext, plan: DriverPlan): Refusal {
  const message = `The plan of ${context.stack.key} is no longer the one that was approved: what is live, the state or the sources have changed. Nothing was changed; the new plan has to be approved.`;
  return { status: 'refused', code: 'digest_changed', message, plan };
}

function refusalOfMocks(context: ApplyContext, plan: DriverPlan): Refusal {
  const message = `The plan of ${context.stack.key} was built on mock outputs and is never applied. Apply what it depends on first.`;
  return { status: 'refused', code: 'mock_outputs', message, plan };
}

async function applyApproved(stack: ReadyStack, context: ApplyContext, begun: Begun): Promise<ApplyResult> {
  const { plan, planned } = begun.approved;
  const backup = begun.backup.content === null ? null : begun.backup;
  if (stack.makeWorkspace !== undefined) {
    const why = await planInNewWorkspace(stack.makeWorkspace, plan).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (why !== undefined) return notBegun(why, backup);
  }
  const run = await runApply(stack, context, planned.file);
  const after = forAftermath(stack);
  if (run.ok || run.events?.finished === true)
    return { status: 'applied', plan, backup, log: await keepLog(after, context) };
  return await failed(after, context, run, begun);
}

/** Makes the workspace, and plans in it once more, into the same file. @throws when that plan would change something else */
async function planInNewWorkspace(make: () => Promise<ReadyStack>, approved: DriverPlan): Promise<void> {
  const stack = await make();
  const { plan } = await stack.plan(stack.session);
  if (unborn(plan.identity) === unborn(approved.identity)) return;
  const { workspace } = stack.session.context.stack;
  throw new PlumblineError(
    'digest_changed',
    `The workspace ${workspace} was made, but planned in it other changes would be made than were approved. They were not.`,
  );
}

function notBegun(why: unknown, backup: StateBackup | null): ApplyResult {
  const message = why instanceof Error ? why.message : String(why);
  const code = errorCode(why) ?? 'internal';
  return { status: 'failed', outcome: 'not_applied', code, message, backup, log: null };
}

/** An identity without the state's lineage: a state that was made just now has one. */
function unborn(identity: JsonValue): string {
  const target = isJsonObject(identity) && isJsonObject(identity['target']) ? identity['target'] : {};
  return canonicalJson({ ...(identity as object), target: { ...target, lineage: '' } });
}

async function failed(
  stack: ReadyStack,
  context: ApplyContext,
  run: ApplyRun,
  begun: Begun,
): Promise<ApplyResult> {
  const { approved, backup, digest, maker } = begun;
  const rescued = await describeRescue(context, maker);
  const look = await lookAgain(stack, approved.state ?? null, { digest, digestOf: context.digestOf });
  const { outcome, summary } = judgeApply({ events: run.events, ...look });
  return {
    status: 'failed',
    // Everything may be in place, but a tool that failed has not said so.
    outcome: outcome === 'applied' ? 'partial' : outcome,
    code: run.failure?.code ?? 'apply_failed',
    message: `${run.failure?.message ?? 'The apply failed.'} ${summary}${rescued}`,
    backup: backup.content === null ? null : backup,
    log: await keepLog(stack, context),
  };
}
