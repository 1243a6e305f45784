import type { ApprovalFacts } from '../activities/types.ts';
import { refuseDecision } from '../domain/approvals/rules.ts';
import type { DecisionRefusal } from '../domain/approvals/approval.ts';
import type { DecisionKind } from '../domain/approvals/decision-text.ts';
import type { DecisionMessage } from './inputs.ts';

/**
 * Why a decision can't count by what the workflow knows, so that the person hears it at once. Only for validators of
 * updates, which are never replayed. Whether a signature is right is found out later.
 */
export function refuseQuickly(
  { approval, decisions, allow_unsigned }: ApprovalFacts,
  kind: DecisionKind,
  message: DecisionMessage,
  now: Date,
): DecisionRefusal | undefined {
  if (approval === null) {
    return {
      code: 'not_waiting',
      message: 'Nobody is asked about this stack: it has no plan that waits for people.',
    };
  }
  const candidate = {
    kind,
    digest: message.digest,
    by: message.by,
    teams: message.teams ?? [],
    aliases: message.aliases ?? [],
    reason: message.reason ?? '',
    proof: message.signature === undefined ? ('unsigned' as const) : ('signed' as const),
    allowUnsigned: allow_unsigned,
    machine: false,
    entitled: true,
  };
  return refuseDecision(approval, decisions, candidate, now);
}
