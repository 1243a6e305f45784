import { randomUUID } from 'node:crypto';
import type { Approval } from '../../src/domain/approval.ts';
import { decisionText, type DecisionKind } from '../../src/domain/decision-text.ts';
import { newSigningPair, signText, verifyText } from '../../src/util/ed25519.ts';
import type { DecisionMessage } from '../../src/workflows/inputs.ts';

/** Signs decisions as the API does, and checks them as workers do. */
export interface TestSigner {
  verify: (text: string, signature: string) => boolean;
  /** A signed decision about this approval's plan. */
  decision(approval: Approval, by: string, kind?: DecisionKind, reason?: string): DecisionMessage;
}

/** A key of its own for one test. */
export function aSigner(): TestSigner {
  const { privatePem, publicPem } = newSigningPair();
  return {
    verify: (text, signature) => verifyText(publicPem, text, signature),
    decision: (approval, by, kind = 'approve', reason = 'looked at') => {
      const { id: approvalId, repo, stackKey, digest } = approval;
      const said = { id: randomUUID(), by, teams: [], aliases: [], reason, at: new Date().toISOString() };
      const signature = signText(
        privatePem,
        decisionText({ ...said, approvalId, repo, stackKey, digest, kind }),
      );
      return { ...said, digest, via: 'api', signature };
    },
  };
}
