import type { Approval, OtherStake } from './approval.ts';
import type { Voice } from './distinct-people.ts';
import { namesOf } from './distinct-people.ts';

/** Who has to do with a plan, and can't approve it. */
export type Stakes = Pick<Approval, 'authors' | 'pusher' | 'startedBy' | 'others'>;

/** Triggers behind which a program stands: without a name, Plumbline itself has started the task. */
const BY_ITSELF: readonly string[] = ['schedule', 'watch', 'push', 'auto-rollback'];

/** Who has started a task; empty: a person who has named nobody. */
export function starterOf({ actor, trigger }: { actor?: string; trigger?: string }): string {
  if (actor) return actor;
  return BY_ITSELF.includes(trigger ?? '') ? 'plumbline' : '';
}

/**
 * Who has started a task, as stakes. Where nobody vouches for that (`vouched` false), the one who is named is believed to their own
 * disadvantage only: they can't approve, and somebody unknown has started it beside them. Left out: from before there were vouchers.
 */
export function starterStakes(
  task: { actor: string; trigger: string; vouched?: boolean },
  { trustUnvouched }: { trustUnvouched: boolean },
): Pick<Stakes, 'startedBy'> & { others: OtherStake[] } {
  if (task.vouched !== false || trustUnvouched) return { startedBy: starterOf(task), others: [] };
  return { startedBy: task.actor, others: task.actor === '' ? [] : [{ did: 'started', by: '' }] };
}

/** An approval with the stakes of whoever has come to the same plan since: nobody loses theirs. */
export function withStakes<A extends Stakes>(approval: A, more: Stakes): A {
  const authors = [...new Set([...approval.authors, ...more.authors])];
  const known = new Set([keyOf({ did: 'started', by: approval.startedBy })]);
  if (approval.pusher !== null) known.add(keyOf({ did: 'pushed', by: approval.pusher }));
  const pushed = more.pusher === null ? [] : [{ did: 'pushed' as const, by: more.pusher }];
  const started = { did: 'started' as const, by: more.startedBy };
  const others: OtherStake[] = [];
  for (const other of [...(approval.others ?? []), started, ...pushed, ...(more.others ?? [])]) {
    if (known.has(keyOf(other))) continue;
    known.add(keyOf(other));
    others.push(other);
  }
  return { ...approval, authors, ...(others.length === 0 ? {} : { others }) };
}

/** Whether somebody has started this who is not named: they may be anybody. */
export function hasUnknownStarter({ startedBy, others = [] }: Stakes): boolean {
  return startedBy === '' || others.some(({ did, by }) => did === 'started' && by === '');
}

/** What a person has to do with the change, in words that follow their name; undefined when nothing. */
export function ownStake(
  approval: Stakes & Pick<Approval, 'requirement'>,
  person: Voice,
): string | undefined {
  const names = namesOf(person);
  const is = (name: string): boolean => namesOf({ by: name, aliases: [] }).some((own) => names.includes(own));
  const { authors, startedBy, pusher, others = [], requirement } = approval;
  const did = (what: OtherStake['did'], first: string): boolean =>
    is(first) || others.some((other) => other.did === what && is(other.by));
  if (authors.some(is)) return 'wrote commits of this change';
  if (did('started', startedBy)) return 'started this task';
  return requirement.requireLastPushApproval && did('pushed', pusher ?? '')
    ? 'pushed this change'
    : undefined;
}

function keyOf({ did, by }: OtherStake): string {
  return `${did} ${by.trim().toLowerCase()}`;
}
