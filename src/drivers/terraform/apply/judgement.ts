import type { ApplyEvents } from './apply-events.ts';

/** All that can be known of an apply once its tool has ended. */
export interface ApplyFacts {
  /** undefined when the tool's output can't be read. */
  events: ApplyEvents | undefined;
  /** Whether the state's serial or lineage is another one than before; undefined when one of them is not known. */
  stateMoved: boolean | undefined;
  /** What a plan made now says: nothing to do, the very plan that was approved, or something else. */
  planNow: 'empty' | 'same' | 'other' | undefined;
}

/** What an apply came to, and how that is known. */
export interface Judgement {
  outcome: 'applied' | 'not_applied' | 'partial' | 'unknown';
  /** A sentence for people. */
  summary: string;
}

/**
 * Whose the state's lock is: `held` by a process of this machine that may be the attempt's, `left` by a tool that may be the
 * attempt's and that nobody knows to be dead, or neither of the two. `unread`: nobody can say, and neither whether that tool is dead.
 */
export type AttemptLock = 'held' | 'left' | 'unread' | 'other';

const MANY = 5;

/** What can't be judged yet. */
export interface StillRunning {
  outcome: 'still_running';
  /** A sentence for people. */
  summary: string;
}

/**
 * Works out what became of an apply. In doubt it is `unknown`, which somebody has to look at, never `not_applied`: an object
 * whose creation was cut off is in no state, and a plan would create it once more.
 */
export function judgeApply({ events, stateMoved, planNow }: ApplyFacts): Judgement {
  if (events?.finished === true)
    return { outcome: 'applied', summary: 'The tool reported that all of it was applied.' };
  // Nothing of its own is to be found: whoever made the plan empty, it was not this attempt.
  if (events === undefined && stateMoved === false && planNow === 'empty')
    return {
      outcome: 'not_applied',
      summary:
        'The tool was never started: it has left no output, and the state is as it was. By now nothing is left to do.',
    };
  if (planNow === 'empty')
    return { outcome: 'applied', summary: 'A plan made afterwards finds nothing left to do.' };
  const cutOff = unfinished(events);
  const doubt = cutOff.length === 0 ? '' : ` Cut off, so nobody can say: ${named(cutOff)}.`;
  if ((events?.completed.length ?? 0) > 0)
    return {
      outcome: 'partial',
      summary: `Applied: ${named(events!.completed)}.${failed(events)}${doubt}`,
    };
  if (cutOff.length > 0) {
    if (stateMoved === true || planNow === 'other')
      return { outcome: 'partial', summary: `The state or the plan has changed since.${doubt}` };
    return { outcome: 'unknown', summary: doubt.trim() };
  }
  return judgeUntouched(events, stateMoved, planNow);
}

/** While a tool of the attempt may still hold the lock, nobody can say that nothing was applied, or will be. */
export function judgeLocked(judgement: Judgement, lock: AttemptLock): Judgement | StillRunning {
  if (lock === 'held')
    return { outcome: 'still_running', summary: 'A process of this machine holds its state lock.' };
  if (lock === 'other' || judgement.outcome !== 'not_applied') return judgement;
  const what = lock === 'left' ? 'its state is locked' : 'its state’s lock can’t be looked at';
  const summary = `${judgement.summary} But ${what}, and nobody can say whether its tool has ended.`;
  return { outcome: 'unknown', summary };
}

/** No object's change is known to be done or cut off. */
function judgeUntouched(
  events: ApplyEvents | undefined,
  stateMoved: boolean | undefined,
  planNow: ApplyFacts['planNow'],
): Judgement {
  if (events !== undefined && events.begun.length === 0)
    return { outcome: 'not_applied', summary: 'The tool had begun no change.' };
  if (planNow === 'same' && stateMoved === false)
    return {
      outcome: 'not_applied',
      summary: `The state is as it was, and the same changes are still to be made.${failed(events)}`,
    };
  if (stateMoved === true || planNow === 'other')
    return { outcome: 'partial', summary: `The state or the plan has changed since.${failed(events)}` };
  return { outcome: 'unknown', summary: `Neither state nor plan could be read.${failed(events)}` };
}

function unfinished(events: ApplyEvents | undefined): string[] {
  const ended = new Set([...(events?.completed ?? []), ...(events?.errored ?? [])]);
  return [...new Set(events?.begun ?? [])].filter((address) => !ended.has(address));
}

function failed(events: ApplyEvents | undefined): string {
  return events === undefined || events.errored.length === 0 ? '' : ` Failed: ${named(events.errored)}.`;
}

function named(addresses: readonly string[]): string {
  const distinct = [...new Set(addresses)];
  const more = distinct.length > MANY ? ` and ${distinct.length - MANY} more` : '';
  return `${distinct.slice(0, MANY).join(', ')}${more}`;
}
