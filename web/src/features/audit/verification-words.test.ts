import { describe, expect, it } from 'vitest';
import type { AuditVerificationJson } from '../../api/types.ts';
import { verificationWords } from './verification-words.ts';

function anAnchor(changes: Partial<AuditVerificationJson['anchors'][number]> = {}) {
  const at = { confirmed_to: 16, written_to: 32 };
  return { name: 's3 audit', outside: true, readable: true, error: null, ...at, ...changes };
}

function found(changes: Partial<AuditVerificationJson> = {}): AuditVerificationJson {
  return {
    ok: true,
    records: 40,
    last: { seq: 40, hash: 'ab', at: '2026-01-01T00:00:00.000Z' },
    faults: [],
    signed_to: 32,
    anchored_to: 16,
    anchor: 's3 audit',
    anchors: [anAnchor()],
    checked_at: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

describe('verificationWords', () => {
  it('says up to where the chain is intact, signed and anchored', () => {
    expect(verificationWords(found())).toEqual({
      tone: 'plain',
      title: 'The chain is intact up to record 40',
      says: ['It is signed up to record 32.', 'It is anchored up to record 16 in s3 audit.'],
    });
  });

  it('warns while nothing is signed', () => {
    const words = verificationWords(found({ signed_to: null, anchored_to: null, anchor: '' }));
    expect(words.tone).toBe('warning');
    expect(words.says).toEqual([
      'No point of it is signed yet.',
      'Nothing outside this machine confirms it.',
    ]);
  });

  it('says which anchor fails', () => {
    const anchors = [anAnchor({ error: 'refused' }), anAnchor({ name: 'syslog', written_to: 8 })];
    expect(verificationWords(found({ anchors })).says.slice(2)).toEqual([
      'The anchor s3 audit could not be read: refused',
      'The newest signed point has not reached the anchor syslog: it is tried again every minute.',
    ]);
  });

  it('names the record where a chain is broken', () => {
    const faults = [{ seq: 7, code: 'hash_mismatch', message: 'its content was changed' }];
    expect(verificationWords(found({ ok: false, faults }))).toEqual({
      tone: 'error',
      title: 'The chain is broken at record 7',
      says: ['Record 7 (hash_mismatch): its content was changed'],
    });
  });
});
