import { readFile } from 'node:fs/promises';
import type { Attempt, AttemptProcess } from '../../../domain/attempt.ts';
import { mayBeLockOf } from '../../../domain/lock-owner.ts';
import type { StateLock } from '../../../domain/stack.ts';
import { isBeingWritten } from '../../../util/open-files.ts';
import { groupIsAlive } from '../../../util/process-group.ts';
import type { ApplyContext } from '../../driver.ts';
import type { Recovery } from '../../driver-results.ts';
import { describeRescue, lookAgain, sameVersion } from './aftermath.ts';
import { readEvents } from './apply-run.ts';
import { readBegin, type BeginFacts } from './begin-facts.ts';
import { type AttemptLock, judgeApply, judgeLocked, type Judgement } from './judgement.ts';
import { localState, lockSentence, lookForLock } from './present-lock.ts';
import type { ReadyStack, StackMaker } from './ready-stack.ts';
import { pullState, stateContent } from './state-file.ts';
import { isLockedByProcess } from './unlock.ts';

/** Finds out what became of an attempt; see `Driver.recover`. */
export async function recoverStack(
  maker: StackMaker,
  context: ApplyContext,
  attempt: Attempt,
): Promise<Recovery> {
  if (attempt.tool !== null && (await stillRuns(attempt.tool)))
    return {
      outcome: 'still_running',
      summary: `The tool still runs, in process group ${attempt.tool.pid} of ${attempt.tool.host}.`,
      orphanedLock: null,
    };
  if (attempt.tool === null && (await isBeingWritten(context.outputPath)))
    return {
      outcome: 'still_running',
      summary: 'The tool still runs: its output is being written.',
      orphanedLock: null,
    };
  // Before the private tree is made anew.
  const rescued = await describeRescue(context, maker);
  const begin = await readBegin(context.outputPath);
  const found = await maker
    .inStack(context, async (stack) => {
      const lock = await lookForLock(stack).catch(() => undefined);
      const local = localState(stack);
      const held = local !== undefined && (await isLockedByProcess(local));
      const judgement =
        begin?.kind === 'restore'
          ? await judgeRestore(context, stack, begin)
          : await judge(context, attempt, begin, stack);
      return { lock, held, judgement };
    })
    .catch(async (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      const judgement =
        begin?.kind === 'restore'
          ? unknown('')
          : judgeApply({ events: await readEvents(context), stateMoved: undefined, planNow: undefined });
      return {
        lock: undefined,
        held: false,
        judgement: { ...judgement, summary: `${judgement.summary} ${why}`.trim() },
      };
    });
  return report(context, attempt, { ...found, dead: await isOfThisBoot(attempt.tool) }, rescued);
}

async function judge(
  context: ApplyContext,
  attempt: Attempt,
  begin: BeginFacts | undefined,
  stack: ReadyStack,
): Promise<Judgement> {
  const events = await readEvents(context);
  const approved = { digest: attempt.digest, digestOf: context.digestOf };
  const look = await lookAgain(stack, begin?.before, approved);
  if (events === undefined && begin !== undefined && look.stateMoved === false && look.planNow === 'same')
    return { outcome: 'not_applied', summary: 'The tool was never started.' };
  return judgeApply({ events, ...look });
}

/** A restore is one write of the state: it is there or it isn't. */
async function judgeRestore(
  context: ApplyContext,
  { session }: ReadyStack,
  { before, target }: BeginFacts,
): Promise<Judgement> {
  const now = await pullState(session).catch(() => null);
  if (now === null) return unknown('The state can’t be read.');
  if (sameVersion(before, now)) return { outcome: 'not_applied', summary: 'The state is as it was.' };
  // Some backends count once more when they write.
  const written = now !== undefined && target !== null && now.serial >= target.serial;
  if (written && context.digestOf(stateContent(now)) === target.digest)
    return { outcome: 'applied', summary: `The restored state is in place, with serial ${now.serial}.` };
  return unknown(
    `The state is neither the one before nor the restored one: its serial is ${now?.serial ?? 0}.`,
  );
}

function unknown(summary: string): Judgement {
  return { outcome: 'unknown', summary };
}

function report(
  context: ApplyContext,
  attempt: Attempt,
  {
    lock: looked,
    held,
    dead,
    judgement,
  }: { lock: StateLock | null | undefined; held: boolean; dead: boolean; judgement: Judgement },
  rescued: string,
): Recovery {
  const lock = looked ?? null;
  const mine = lock !== null && mayBeLockOf(lock, { ...attempt, endedAt: null });
  const own = mine && !held;
  const locked =
    lock === null
      ? ''
      : own
        ? ` Its state lock ${lock.id} is left over, of ${lock.who || 'its dead tool'}.`
        : ` ${lockSentence(context.stack.key, lock)}`;
  const live: AttemptLock = looked === undefined ? 'unread' : mine ? 'left' : 'other';
  const whose = mine && held ? 'held' : dead ? 'other' : live;
  const { outcome, summary } = judgeLocked(judgement, whose);
  return {
    outcome,
    summary: `${summary}${rescued}${locked}`,
    orphanedLock: own ? lock : null,
  };
}

/** Whether a tool that does not run any more is known to be dead: it was on record, and ran since this machine was started. */
async function isOfThisBoot(tool: AttemptProcess | null): Promise<boolean> {
  return tool !== null && tool.bootId === (await bootId());
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

/** Whether the tool's process group still has a process, on this machine. Elsewhere nobody here can tell. */
async function stillRuns(tool: AttemptProcess): Promise<boolean> {
  if (tool.bootId !== (await bootId()) || !(await groupIsAlive(tool.pid))) return false;
  const stat = await readFile(`/proc/${tool.pid}/stat`, 'utf8').catch(() => undefined);
  // Without its leader the group can be no other's; with one, the leader's start tells.
  return stat === undefined || stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === tool.startedAt;
}
