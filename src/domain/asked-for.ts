import { AUTO_ROLLBACK } from './eligibility/automatic-rollback.ts';

/** What says how a stack of a request was asked for. */
interface Asked {
  trigger?: string | undefined;
  first_trigger?: string | undefined;
  agreed?: readonly string[] | undefined;
}

/** Triggers behind which no person stands who asked for this very task. */
const AUTOMATIC: readonly string[] = [
  'push',
  'schedule',
  'watch',
  'retry',
  'approval',
  'post-apply',
  AUTO_ROLLBACK,
];

/** Words that say where a request really came from: those of programs, and of Plumbline itself. */
const RESERVED: readonly string[] = ['push', 'schedule', 'watch', 'retry', 'approval', 'auto-rollback'];

/** Whether a trigger is one that no person may name: it says that somebody or something else has asked. */
export function isReservedTrigger(trigger: string): boolean {
  return RESERVED.includes(trigger.trim().toLowerCase());
}

/** Whether a person asked for this very task. */
export function isManual({ trigger }: Pick<Asked, 'trigger'>): boolean {
  return trigger === undefined || !AUTOMATIC.includes(trigger);
}

/** Whether people have approved a plan of this very stack, which the request goes on with. Without a list: of each. */
export function isAgreedOn({ trigger, first_trigger, agreed }: Asked, stackKey: string): boolean {
  if (agreed !== undefined) return agreed.includes(stackKey);
  return (first_trigger ?? trigger) === 'approval';
}

/**
 * Whether a person asked for this very stack. What people have approved is as good as asked for; what is resumed with it is
 * asked for by what started it first.
 */
export function isAskedFor(request: Asked, stackKey: string): boolean {
  const trigger = request.first_trigger ?? request.trigger;
  return isAgreedOn(request, stackKey) || isManual(trigger === undefined ? {} : { trigger });
}
