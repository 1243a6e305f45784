import type { AuditVerificationJson } from '../../api/types.ts';

/** What a verification found, as a banner says it. */
export interface VerificationWords {
  tone: 'plain' | 'warning' | 'error';
  title: string;
  says: string[];
}

/** Words for a verification: intact up to where, signed and anchored up to where, or broken where. */
export function verificationWords(found: AuditVerificationJson): VerificationWords {
  const first = found.faults[0];
  if (!found.ok || first !== undefined) {
    return {
      tone: 'error',
      title: first === undefined ? 'The chain is broken' : `The chain is broken at record ${first.seq}`,
      says: found.faults.map(({ seq, code, message }) => `Record ${seq} (${code}): ${message}`),
    };
  }
  if (found.last === null) return { tone: 'plain', title: 'Nothing is recorded yet', says: [] };
  const { seq } = found.last;
  return {
    tone: found.signed_to === null ? 'warning' : 'plain',
    title: `The chain is intact up to record ${seq}`,
    says: [
      signedWords(found.signed_to, seq),
      anchoredWords(found),
      ...found.anchors.flatMap(troubleOf(found)),
    ],
  };
}

function signedWords(signedTo: number | null, last: number): string {
  if (signedTo === null) return 'No point of it is signed yet.';
  return signedTo === last ? 'All of it is signed.' : `It is signed up to record ${signedTo}.`;
}

function anchoredWords({ anchored_to: anchoredTo, anchor }: AuditVerificationJson): string {
  if (anchoredTo === null) return 'Nothing outside this machine confirms it.';
  return `It is anchored up to record ${anchoredTo} in ${anchor}.`;
}

/** What is wrong with an anchor: it can't be read, or the newest head has not reached it. */
function troubleOf({ signed_to: signedTo }: AuditVerificationJson) {
  return ({ name, error, written_to: written }: AuditVerificationJson['anchors'][number]): string[] => {
    if (error !== null) return [`The anchor ${name} could not be read: ${error}`];
    if (signedTo === null || written === signedTo) return [];
    return [`The newest signed point has not reached the anchor ${name}: it is tried again every minute.`];
  };
}
