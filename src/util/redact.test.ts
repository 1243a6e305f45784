import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from './redact.ts';

describe('createRedactor', () => {
  it('hides a secret in every form that it is sent in', () => {
    const secret = 'p@ss w/rd+"ü"?';
    const { redact } = createRedactor([secret]);
    const forms = [
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).toLowerCase(),
      JSON.stringify({ password: secret }),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(`user:${secret}`).toString('base64'),
      Buffer.from(`x-access-token:${secret}`).toString('base64'),
    ];
    for (const form of forms) expect(redact(`<${form}>`)).toContain('***');
    for (const form of forms) expect(redact(form)).not.toContain('w/rd');
  });

  it('hides secrets that are added later, the longer one first', () => {
    const { add, redact } = createRedactor(['secret-one']);
    add('secret-one-and-more');
    expect(redact('secret-one-and-more secret-one')).toBe('*** ***');
  });

  it('hides a key of several lines also line by line', () => {
    const { redact } = createRedactor(['first-line-of-key\nsecond-line-of-key\n']);
    expect(redact('x second-line-of-key y')).toBe('x *** y');
  });

  it('leaves what is too short to be a secret', () => {
    expect(createRedactor(['', 'true']).redact('is true')).toBe('is true');
  });

  it.each([
    ['https://user:tok3n@host/x.git', 'https://***@host/x.git'],
    ['https://tok3n@host/x.git', 'https://***@host/x.git'],
    ['ssh://git@host/x.git', 'ssh://git@host/x.git'],
    ['postgres://app:pw@db/x', 'postgres://app:***@db/x'],
    ['git@github.com:org/x.git', 'git@github.com:org/x.git'],
    ['https://h/x?a=1&access_token=abc&b=2', 'https://h/x?a=1&access_token=***&b=2'],
    ['Authorization: Bearer abcdef123', 'Authorization: Bearer ***'],
    ['{"authorization":"token abcdef123"}', '{"authorization":"token ***"}'],
    [`see ghp_${'a'.repeat(36)}.`, 'see ***.'],
    ['https://h/docs and me@example.org', 'https://h/docs and me@example.org'],
  ])('in %s finds what looks like a secret', (text, expected) => {
    expect(createRedactor().redact(text)).toBe(expected);
  });

  it('hides private keys', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----';
    expect(createRedactor().redact(`a ${key} b`)).toBe('a *** b');
  });

  it('never lets a secret through, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 40 }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          fc.pre(secret.trim().length >= 6 && !'***'.includes(secret.trim()));
          const text = createRedactor([secret]).redact(`${before}${secret}${after}`);
          expect(text.includes('***')).toBe(true);
        },
      ),
    );
  });

  it('stays quick on long lines', () => {
    const { redact } = createRedactor(['some-secret']);
    const line = 'a'.repeat(200_000);
    expect(redact(line)).toBe(line);
    expect(redact('://'.repeat(20_000))).toHaveLength(60_000);
  });
});
