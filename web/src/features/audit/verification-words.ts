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
    says: [signedWords(found.signed_to, seq), anchoredWords(found)],
  };
}

function signedWords(signedTo: number | null, last: number): string {
  if (signedTo === null) return 'No point of it is signed yet.';
  return signedTo === last ? 'All of it is signed.' : `It is signed up to record ${signedTo}.`;
}

function anchoredWords({ anchored_to: anchoredTo, anchor }: AuditVerificationJson): string {
  if (anchoredTo === null) return 'It is anchored nowhere outside the store yet.';
  return `It is anchored up to record ${anchoredTo} in ${anchor}.`;
}
