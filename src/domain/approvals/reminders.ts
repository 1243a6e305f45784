import type { Approval, Reminders } from './approval.ts';
import type { ApprovalPolicy } from '../eligibility/policy.ts';

/** What the policy says about those who do not decide. */
export type ReminderPolicy = Pick<ApprovalPolicy, 'remindEveryMs' | 'escalateAfterMs' | 'escalateTo'>;

/** What an approval needs to tell whether it is time to remind. */
export type RemindedApproval = Pick<Approval, 'status' | 'presentedAt' | 'reminders'>;

/** What is due now, and how the approval stands after it. */
export interface DueReminder {
  remind: boolean;
  escalate: boolean;
  reminders: Reminders;
}

const NEVER: Reminders = { times: 0, lastAt: null, escalatedAt: null, escalatedTo: [] };

/**
 * Whether people are to be reminded now, or others are to be asked; undefined when neither. People are reminded each time the
 * interval has passed since the plan was presented, once however late somebody looks; others are asked once.
 */
export function dueReminder(
  approval: RemindedApproval,
  { remindEveryMs, escalateAfterMs, escalateTo }: ReminderPolicy,
  now: Date,
): DueReminder | undefined {
  if (approval.status !== 'waiting') return undefined;
  const before = approval.reminders ?? NEVER;
  const waitedMs = now.getTime() - Date.parse(approval.presentedAt);
  const remind = remindEveryMs !== null && isNewInterval(approval, before, remindEveryMs, waitedMs);
  const late = escalateAfterMs !== null && waitedMs >= escalateAfterMs;
  const escalate = late && escalateTo.length > 0 && before.escalatedAt === null;
  if (!remind && !escalate) return undefined;
  const at = now.toISOString();
  return {
    remind,
    escalate,
    reminders: {
      ...before,
      ...(remind ? { times: before.times + 1, lastAt: at } : {}),
      ...(escalate ? { escalatedAt: at, escalatedTo: [...escalateTo] } : {}),
    },
  };
}

/** How long until the next reminder or escalation, in ms and at least 0; null: never. */
export function nextReminderMs(
  approval: RemindedApproval,
  { remindEveryMs, escalateAfterMs, escalateTo }: ReminderPolicy,
  now: Date,
): number | null {
  if (approval.status !== 'waiting') return null;
  const waitedMs = Math.max(0, now.getTime() - Date.parse(approval.presentedAt));
  const times = remindEveryMs === null ? [] : [remindEveryMs - (waitedMs % remindEveryMs)];
  const open = escalateTo.length > 0 && (approval.reminders?.escalatedAt ?? null) === null;
  if (escalateAfterMs !== null && open) times.push(Math.max(0, escalateAfterMs - waitedMs));
  return times.length === 0 ? null : Math.min(...times);
}

function isNewInterval(
  { presentedAt }: RemindedApproval,
  { lastAt }: Reminders,
  everyMs: number,
  waitedMs: number,
): boolean {
  const remindedMs = lastAt === null ? 0 : Date.parse(lastAt) - Date.parse(presentedAt);
  return Math.floor(waitedMs / everyMs) > Math.floor(remindedMs / everyMs);
}
