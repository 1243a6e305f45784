import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyContext, DriverPlan } from '../../driver.ts';
import { jsonPart } from '../json-part.ts';
import { readPlanJson } from '../plan-json.ts';
import { planSecrets } from '../plan-secrets.ts';
import { runTool } from '../session.ts';
import type { ApplyFacts } from './judgement.ts';
import type { ReadyStack, StackMaker } from './ready-stack.ts';
import { pullState, type PulledState, type StateVersion } from './state-file.ts';

/** How long a look at what an apply left may take. Nobody waits for it who could be told anything better. */
const LOOK_MS = 120_000;

/** The same stack for looking at it after its apply was cancelled or ran out of time: with time of its own. */
export function forAftermath(stack: ReadyStack): ReadyStack {
  const { inTurn: _, ...context } = stack.session.context;
  const session = {
    ...stack.session,
    context: { ...context, signal: AbortSignal.timeout(LOOK_MS) },
    deadlineMs: performance.now() + LOOK_MS,
  };
  return { ...stack, session };
}

/** Looks at state and plan as they are now; what can't be read stays undefined. */
export async function lookAgain(
  stack: ReadyStack,
  before: StateVersion | null | undefined,
  approved: { digest: string; digestOf: ApplyContext['digestOf'] },
): Promise<Pick<ApplyFacts, 'stateMoved' | 'planNow'>> {
  const state = await pullState(stack.session).then(
    (pulled) => ({ pulled }),
    () => undefined,
  );
  const plan = await stack.plan(stack.session).then(
    (made) => made.plan,
    () => undefined,
  );
  return {
    stateMoved: before === undefined || state === undefined ? undefined : !sameVersion(before, state.pulled),
    planNow: plan === undefined ? undefined : verdictOf(plan, approved),
  };
}

function verdictOf(
  plan: DriverPlan,
  approved: { digest: string; digestOf: ApplyContext['digestOf'] },
): ApplyFacts['planNow'] {
  if (isEmptyPlan(plan)) return 'empty';
  return approved.digestOf(plan.identity) === approved.digest ? 'same' : 'other';
}

/** Whether an apply of the plan would change nothing. */
export function isEmptyPlan(plan: DriverPlan): boolean {
  return plan.changes.every((change) => change.action === 'none') && plan.outputs.length === 0;
}

/** Whether two looks found the same snapshot; null and undefined both mean that there is none. */
export function sameVersion(
  a: StateVersion | null | undefined,
  b: StateVersion | PulledState | null | undefined,
): boolean {
  return (a?.serial ?? 0) === (b?.serial ?? 0) && (a?.lineage ?? '') === (b?.lineage ?? '');
}

/** From now on `redact` hides what the state marks sensitive, too: values that no plan could know. */
export async function learnStateSecrets({ session }: ReadyStack): Promise<void> {
  const shown = await runTool(session, ['show', '-json'], { step: 'show', data: true });
  if (shown.exitCode !== 0) return;
  for (const secret of planSecrets(readPlanJson(jsonPart(shown.stdout)))) session.addSecret(secret);
}

/**
 * A state that the tool could not save lies in a file beside the sources, which the next plan would remove: it is kept as an
 * artifact, encrypted. Safe to run again.
 * @returns a sentence about it, or nothing
 */
export async function describeRescue(context: ApplyContext, maker: StackMaker): Promise<string> {
  const folders = await maker.runFolders(context);
  const said = await Promise.all(
    folders.map((folder) => keepRescued(context, join(folder, 'errored.tfstate'))),
  );
  return said.join('');
}

async function keepRescued(context: ApplyContext, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return '';
  try {
    const { digest } = await context.artifacts('state', text);
    await rm(path, { force: true });
    return ` The tool could not save the state: it is kept as the artifact ${digest}.`;
  } catch {
    const safe = `${context.outputPath}.errored.tfstate`;
    await copyFile(path, safe);
    return ` The tool could not save the state, and it can't be stored: it lies in ${safe}.`;
  }
}
