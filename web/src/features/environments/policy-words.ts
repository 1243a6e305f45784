import type { PolicyJson } from '../../api/types.ts';
import { durationText } from '../../ui/time.ts';

/** One line of a policy: what it is about, and what holds, each a sentence. */
export interface PolicyRule {
  topic: string;
  says: string[];
}

/** An environment's policy in sentences, for those who never read its YAML. */
export function policyRules(policy: PolicyJson): PolicyRule[] {
  return [
    { topic: 'By itself', says: automatedWords(policy) },
    { topic: 'Approvals', says: approvalWords(policy.approvals) },
    { topic: 'When', says: windowWords(policy) },
    { topic: 'Limits', says: limitWords(policy) },
    { topic: 'Afterwards', says: afterWords(policy) },
    { topic: 'Retries', says: [retryWords(policy.retry)] },
  ].filter(({ says }) => says.length > 0);
}

/** The policy's heart in a few words, for lists. */
export function policySummary(policy: PolicyJson): string {
  if (policy.freeze !== null) return `frozen: ${policy.freeze.reason}`;
  const { required } = policy.approvals;
  const people =
    required === 0 ? 'no approval needed' : `${required} ${required === 1 ? 'approval' : 'approvals'} needed`;
  return `${people}, ${policy.automated?.self_heal ? 'drift heals itself' : 'nothing by itself'}`;
}

function automatedWords({ automated, auto_approve_safe: safe }: PolicyJson): string[] {
  const says: string[] = [];
  if (automated === null) says.push('Nothing is applied without a person’s word.');
  else {
    says.push(
      automated.self_heal
        ? 'Drift is repaired without a person.'
        : 'Drift is reported, not repaired by itself.',
      automated.prune ? 'Deletions are applied without a person.' : 'Deletions wait for a person.',
    );
    if (automated.allow_empty) says.push('A plan may leave a stack with nothing.');
  }
  if (safe !== null) {
    says.push(
      `Changes of only safe files (${safe.patterns.join(', ')}) up to severity ${safe.max_severity} can be approved by rule.`,
    );
  }
  return says;
}

function approvalWords(rules: PolicyJson['approvals']): string[] {
  if (rules.required === 0 && rules.teams.length === 0 && !rules.require_code_owners)
    return [
      rules.destroys ? 'One person has to approve what destroys or replaces.' : 'Nobody has to approve.',
    ];
  const people = rules.required === 1 ? '1 person has' : `${rules.required} different people have`;
  const says = [
    `${people} to approve${rules.from_severity === null ? '' : ` from severity ${rules.from_severity} on`}; never the author of the change.`,
  ];
  if (rules.destroys) says.push('Destroys and replacements always need approval.');
  for (const team of rules.teams) says.push(`Somebody of team ${team} has to be among them.`);
  if (rules.require_code_owners) says.push('The code owners of the changed files have to approve.');
  if (rules.require_last_push_approval) says.push('Somebody other than the last pusher has to approve.');
  if (rules.expires_after_ms !== null)
    says.push(`A plan waits for at most ${longText(rules.expires_after_ms)}.`);
  if (rules.remind_every_ms !== null)
    says.push(`People are reminded every ${longText(rules.remind_every_ms)}.`);
  if (rules.escalate_after_ms !== null && rules.escalate_to.length > 0) {
    says.push(`After ${longText(rules.escalate_after_ms)} it goes to ${rules.escalate_to.join(', ')}.`);
  }
  return says;
}

function windowWords({ windows, freeze }: PolicyJson): string[] {
  const says = windows.map(
    (window) =>
      `${window.kind === 'allow' ? 'Syncs only' : 'No syncs'} for ${longText(window.duration_ms)} from “${window.schedule}” (${window.time_zone})${window.manual ? '; what a person asks for may go through' : ''}.`,
  );
  if (freeze !== null) {
    says.unshift(`Frozen${freeze.until === null ? '' : ` until ${freeze.until}`}: ${freeze.reason}.`);
  }
  return says.length === 0 ? ['At any time.'] : says;
}

function limitWords({ max_destroys: limit, require_signed_commits: signed }: PolicyJson): string[] {
  const says: string[] = [];
  if (limit.count !== null) says.push(`A plan that destroys more than ${limit.count} is blocked.`);
  if (limit.percent !== null)
    says.push(`A plan that destroys more than ${limit.percent} % of a stack is blocked.`);
  if (signed) says.push('Only signed commits are synced.');
  return says;
}

function afterWords(policy: PolicyJson): string[] {
  const says = ['Every apply is verified by a plan that must be empty.'];
  if (policy.validate !== null) says.push(`Then “${policy.validate.join(' ')}” must succeed.`);
  if (policy.auto_rollback) says.push('When that fails, it rolls back by itself.');
  return says;
}

function retryWords(retry: PolicyJson['retry']): string {
  if (retry.limit === 0) return 'A failed apply is not tried again.';
  const times = retry.limit === 1 ? 'once' : `${retry.limit} times`;
  return `A failed apply is tried again ${times}: after ${durationText(retry.duration_ms)}, then ${retry.factor} times as long each, at most ${durationText(retry.max_duration_ms)}.`;
}

const DAY_MS = 86_400_000;

/** Whole days as days, anything else as `durationText` says it. */
function longText(ms: number): string {
  if (ms < DAY_MS || ms % DAY_MS !== 0) return durationText(ms);
  return ms === DAY_MS ? '1 day' : `${ms / DAY_MS} days`;
}
