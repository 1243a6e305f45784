import { canonicalJson } from '../canonical-json.ts';
import type { Decision } from './approval.ts';

/** What a person says of a plan; `withdraw` takes back what they said before. */
export type DecisionKind = Decision['kind'] | 'withdraw';

/** The parts of a decision that are signed. Where it came from (`via`) and what became of it later are not. */
export type SignedDecision = Pick<
  Decision,
  'id' | 'approvalId' | 'repo' | 'stackKey' | 'digest' | 'by' | 'teams' | 'aliases' | 'reason' | 'at'
> & { kind: DecisionKind };

/** What is signed of an emergency apply; `taskId` is the task that it is for, so that it serves only once. */
export interface SignedEmergency {
  repo: string;
  taskId: string;
  /** Only the stacks of this environment; left out: of any. */
  environment?: string | undefined;
  /** Only these stacks, by key; left out: all of the environment, or of the repo. */
  stacks?: readonly string[] | undefined;
  by: string;
  reason: string;
  /** ISO 8601. */
  at: string;
}

/**
 * The text that is signed for a decision. It names the approval, the plan's digest and the decision itself, so that a
 * signature counts for this one alone: an old decision, sent again for a drift that came back, is about another approval.
 * The first line keeps it apart from anything else that is signed with the same key.
 */
export function decisionText(decision: SignedDecision): string {
  const { id, approvalId, repo, stackKey, digest, kind, by, teams, aliases, reason, at } = decision;
  return `plumbline decision v1\n${canonicalJson({
    id,
    approval: approvalId,
    repo,
    stack: stackKey,
    digest,
    kind,
    by,
    teams: [...teams],
    aliases: [...aliases],
    reason,
    at,
  })}`;
}

/** The text that is signed for an emergency apply. Never equal to that of a decision. */
export function emergencyText(emergency: SignedEmergency): string {
  const { repo, taskId, environment, stacks, by, reason, at } = emergency;
  return `plumbline emergency v2\n${canonicalJson({
    repo,
    task: taskId,
    environment: environment ?? null,
    stacks: stacks ? [...stacks] : null,
    by,
    reason,
    at,
  })}`;
}

/** Whether an emergency is about this stack: what was signed for one place serves nowhere else. */
export function emergencyCovers(
  { environment, stacks }: Pick<SignedEmergency, 'environment' | 'stacks'>,
  at: { environment: string | null; stackKey: string },
): boolean {
  if (environment !== undefined && environment !== at.environment) return false;
  return stacks === undefined || stacks.includes(at.stackKey);
}
