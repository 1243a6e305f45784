import { randomUUID } from 'node:crypto';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import { decisionText, emergencyText, type DecisionKind } from '../../src/domain/approvals/decision-text.ts';
import { newSigningPair, signText, verifyText } from '../../src/util/ed25519.ts';
import type { DecisionMessage, RepoRequest } from '../../src/workflows/inputs.ts';

/** Signs decisions as the API does, and checks them as workers do. */
export interface TestSigner {
  verify: (text: string, signature: string) => boolean;
  /** A signed decision about this approval's plan. */
  decision(
    approval: Approval,
    by: string,
    kind?: DecisionKind,
    reason?: string,
    at?: string,
    aliases?: string[],
  ): DecisionMessage;
  /** A signed emergency of this task, for all of the repo unless `place` says otherwise. */
  emergency(
    task: { repo: string; taskId: string },
    by: string,
    place?: { environment?: string; stacks?: string[]; at?: string },
  ): NonNullable<RepoRequest['emergency']>;
}

/** A key of its own for one test. */
export function aSigner(): TestSigner {
  const { privatePem, publicPem } = newSigningPair();
  return {
    verify: (text, signature) => verifyText(publicPem, text, signature),
    decision: (
      approval,
      by,
      kind = 'approve',
      reason = 'looked at',
      at = new Date().toISOString(),
      aliases = [],
    ) => {
      const { id: approvalId, repo, stackKey, digest } = approval;
      const said = { id: randomUUID(), by, teams: [], aliases, reason, at };
      const signature = signText(
        privatePem,
        decisionText({ ...said, approvalId, repo, stackKey, digest, kind }),
      );
      return { ...said, digest, via: 'api', signature };
    },
    emergency: (task, by, place = {}) => {
      const said = { by, reason: 'the site is down', at: new Date().toISOString(), ...place };
      return { ...said, signature: signText(privatePem, emergencyText({ ...said, ...task })) };
    },
  };
}
