import { describe, expect, it } from 'vitest';
import { parseExactJson } from './exact-json.ts';

describe('parseExactJson', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-123456789012345678901234567890', '-123456789012345678901234567890'],
    ['1234567890.12345678', '1234567890.12345678'],
    ['9007199254740991', 9007199254740991],
    ['0.30000000000000004', 0.30000000000000004],
    ['1000000000000000000', 1e18],
    ['0.00000000000000000015', 1.5e-19],
    ['1.50', 1.5],
    ['"9007199254740993"', '9007199254740993'],
  ])('reads %s', (text, value) => {
    expect(parseExactJson(`{"a":[${text}]}`)).toEqual({ a: [value] });
  });

  it('tells numbers apart that are one as doubles', () => {
    expect(JSON.parse('9007199254740993')).toBe(JSON.parse('9007199254740992'));
    expect(parseExactJson('9007199254740993')).not.toEqual(parseExactJson('9007199254740992'));
  });

  it('refuses what is no JSON', () => {
    expect(() => parseExactJson('{"a": 9007199254740993')).toThrow(SyntaxError);
  });
});
