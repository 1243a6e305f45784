import { mayDo, type PermissionRefusal } from '../permissions.ts';
import type { Person } from '../person.ts';
import type { Task } from '../task.ts';
import type { Approval } from './approval.ts';

/** Whether a person may cancel a task, or take back what it asks people for: whoever started it may, else see `mayDo`. */
export function mayCancel(
  person: Person,
  { repo, actor }: Pick<Task, 'repo' | 'actor'>,
): PermissionRefusal | undefined {
  const own = actor === person.id || person.aliases.includes(actor.toLowerCase());
  return actor !== '' && own ? undefined : mayDo(person, 'cancel', { repo, environment: null });
}

/**
 * Whether an approval ends when its task takes back what it asked for. A rejection stands until it is withdrawn, or the same plan could
 * be asked about at once; what somebody else has asked for, too, is not taken from them.
 */
export function canTakeBack({ status, startedBy, others = [] }: Approval): boolean {
  const open = status === 'waiting' || status === 'approved';
  return open && !others.some(({ did, by }) => did === 'started' && by !== startedBy);
}
