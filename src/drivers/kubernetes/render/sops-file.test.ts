import { describe, expect, it } from 'vitest';
import { decryptedFormat, readSopsFile } from './sops-file.ts';

describe('readSopsFile', () => {
  it.each([
    ['{"data":"ENC[x]","sops":{"mac":"x","age":[{"recipient":"age1x"}]}}', 'json', ['age age1x']],
    ['a: ENC[x]\nsops:\n  lastmodified: x\n  pgp: [{fp: AB}]\n', 'yaml', ['pgp AB']],
    ['A=ENC[x]\nsops_age__list_0__map_recipient=age1x\nsops_mac=ENC[y]\n', 'dotenv', ['age age1x']],
    ['[a]\nb = ENC[x]\n[sops]\npgp__list_0__map_fp = AB\nmac = x\n', 'ini', ['pgp AB']],
  ])('of %j is %s', (text, format, names) => {
    expect(readSopsFile(text)).toEqual({ format, keys: { names, vaults: [] } });
  });

  it('knows the Vaults of all formats', () => {
    const flat = 'sops_hc_vault__list_0__map_vault_address=https://vault.example.com\nsops_mac=x\n';
    expect(readSopsFile(flat)?.keys.vaults).toEqual(['https://vault.example.com']);
  });

  it.each(['a: b', 'sops: none', '{"sops": 1}', 'MAC=x', ''])('does not know %j', (text) => {
    expect(readSopsFile(text)).toBeUndefined();
  });
});

describe('decryptedFormat', () => {
  it.each([
    ['a.yaml', 'yaml'],
    ['a.yml', 'yaml'],
    ['a.json', 'json'],
    ['.env', 'dotenv'],
    ['a.ini', 'ini'],
    ['tls.key', 'binary'],
    ['password', 'binary'],
  ])('of %s is %s', (name, format) => {
    expect(decryptedFormat(name)).toBe(format);
  });
});
