import { isManual } from '../asked-for.ts';
import { mayDo, type PermissionRefusal } from '../permissions.ts';
import type { Person } from '../person.ts';
import type { Task } from '../task.ts';
import type { Approval } from './approval.ts';

/**
 * Whether a person may cancel a task, or take back what it asks people for: whoever started it may, another try of it too, else see
 * `mayDo`. What a push or Plumbline itself has started may hold what others want, whoever it names.
 */
export function mayCancel(
  person: Person,
  { repo, actor, trigger, firstTrigger }: Pick<Task, 'repo' | 'actor' | 'trigger' | 'firstTrigger'>,
): PermissionRefusal | undefined {
  // Tries of different people never become one task: see `mergeRequests`.
  const begunBy = trigger === 'retry' ? (firstTrigger ?? trigger) : trigger;
  const own = actor !== '' && isManual({ trigger: begunBy }) && isSelf(person, actor);
  return own ? undefined : mayDo(person, 'cancel', { repo, environment: null });
}

/** Other names give rights only where they come from the config: at many identity providers people choose theirs. */
function isSelf({ id, aliases, via }: Person, actor: string): boolean {
  return actor === id || (via === 'token' && aliases.includes(actor.toLowerCase()));
}

/**
 * Whether an approval ends when its task takes back what it asked for. A rejection stands until it is withdrawn, or the same plan could
 * be asked about at once; what somebody else has asked for, too, is not taken from them.
 */
export function canTakeBack({ status, startedBy, others = [] }: Approval): boolean {
  const open = status === 'waiting' || status === 'approved';
  return open && !others.some(({ did, by }) => did === 'started' && by !== startedBy);
}
