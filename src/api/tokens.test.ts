import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bearerSecret, findToken } from './tokens.ts';

const sha256 = (secret: string): string => createHash('sha256').update(secret).digest('hex');

describe('bearerSecret', () => {
  it.each([
    ['Bearer abc.DEF-1_2~3+4/5==', 'abc.DEF-1_2~3+4/5=='],
    ['bearer  abc', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (header, secret) => {
    expect(bearerSecret(header)).toBe(secret);
  });
});

describe('findToken', () => {
  const tokens = [
    { name: 'ci', sha256: sha256('first') },
    { name: 'ops', sha256: sha256('second').toUpperCase() },
    { name: 'broken', sha256: 'zz' },
  ];

  it('names the token that a secret belongs to', () => {
    expect(findToken('first', tokens)?.name).toBe('ci');
    expect(findToken('second', tokens)?.name).toBe('ops');
  });

  it('knows no other secret, not even a hash', () => {
    expect(findToken('third', tokens)).toBeUndefined();
    expect(findToken(sha256('first'), tokens)).toBeUndefined();
    expect(findToken('', tokens)).toBeUndefined();
    expect(findToken('first', [])).toBeUndefined();
  });
});
