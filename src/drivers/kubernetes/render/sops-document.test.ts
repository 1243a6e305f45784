import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import { decryptedValues, isSopsDocument, sopsKeys } from './sops-document.ts';

describe('isSopsDocument', () => {
  it.each([
    [{ sops: { mac: 'x' } }, true],
    [{ sops: { lastmodified: 'x' } }, true],
    [{ sops: { enabled: true } }, false],
    [{ spec: { sops: { mac: 'x' } } }, false],
    [['sops'], false],
    [null, false],
  ])('of %j is %s', (value, is) => {
    expect(isSopsDocument(value)).toBe(is);
  });
});

describe('sopsKeys', () => {
  it('names the keys of all groups, and the Vaults that would be asked', () => {
    const sops: JsonObject = {
      age: [{ recipient: 'age1x', enc: 'secret' }],
      kms: null,
      key_groups: [
        { pgp: [{ fp: 'ABCD' }], hc_vault: [{ vault_address: 'https://example.com', key_name: 'k' }] },
        { age: [{ recipient: 'age1x' }] },
      ],
    };
    expect(sopsKeys({ sops })).toEqual({
      names: ['age age1x', 'pgp ABCD', 'hc_vault k'],
      vaults: ['https://example.com'],
    });
    expect(sopsKeys({ sops: 'x' })).toEqual({ names: [], vaults: [] });
  });
});

describe('decryptedValues', () => {
  it('are those that were encrypted, and what base64 of them stands for', () => {
    const data = {
      password: 'ENC[AES256_GCM,data:x]',
      user: 'plain',
      list: ['ENC[1]', 'x'],
      n: 'ENC[2]',
      e: 'ENC[3]',
    };
    const plain = { password: 'c2VjcmV0IQ==', user: 'plain', list: ['hidden value', 'x'], n: 42, e: '' };
    expect(decryptedValues({ data }, { data: plain })).toEqual([
      'c2VjcmV0IQ==',
      'secret!',
      'hidden value',
      '42',
    ]);
  });
});
