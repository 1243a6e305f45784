import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import { exactNumber, readKubeJson, showNumbers, writeKubeJson } from './exact-numbers.ts';

/** What is read, copied in the ways that objects are copied, and written. */
const copied = (text: string) =>
  writeKubeJson(JSON.parse(JSON.stringify(structuredClone(readKubeJson(text)))) as JsonValue);

describe('numbers that a double can’t hold', () => {
  it.each([
    '9007199254740993',
    '-9223372036854775808',
    '18446744073709551615',
    '0.12345678901234567891',
    '1e400',
    '1e+999',
  ])('as %s are the same after a round trip', (text) => {
    expect(copied(`{"a":[${text}]}`)).toBe(`{"a":[${text}]}`);
  });

  it('are told apart when their doubles are one, and shown as they are written', () => {
    const [one, two] = [readKubeJson('9007199254740993'), readKubeJson('9007199254740992')];
    expect(one).not.toEqual(two);
    expect(showNumbers({ a: [one, two, 'x'] })).toEqual({ a: ['9007199254740993', 9007199254740992, 'x'] });
  });

  it('are not confused with texts, not even with those that look like them here', () => {
    const texts = [
      '"9007199254740993"',
      '"\u20609007199254740993"',
      '"\u2060\u206012345678901234567"',
      '"\u2060x"',
    ];
    for (const text of texts) expect(copied(text)).toBe(text);
  });

  it('can be made from text, and only from numbers', () => {
    expect(exactNumber('9007199254740993')).toEqual(readKubeJson('9007199254740993'));
    expect(exactNumber('8080')).toBe(8080);
    expect(() => exactNumber('0x10')).toThrow(RangeError);
    expect(() => exactNumber('1,"x":2')).toThrow(RangeError);
  });
});

describe('all other JSON', () => {
  it('is read as JSON.parse reads it', () => {
    const text = '{"replicas":3,"ratio":0.5,"a":"2026-11-27T20:45:03Z","b":[null,true,{"c":1e3}]}';
    expect(readKubeJson(text)).toEqual(JSON.parse(text));
  });

  it('survives a round trip with every text and every integer of any length', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.bigInt().map((n) => `\u2060${n}`),
    );
    fc.assert(
      fc.property(
        fc.dictionary(text, text),
        fc.array(fc.bigInt({ min: -(2n ** 69n), max: 2n ** 69n })),
        (texts, numbers) => {
          const sent = `{"texts":${JSON.stringify(texts)},"numbers":[${numbers.join(',')}]}`;
          const read = readKubeJson(sent);
          expect(isJsonObject(read)).toBe(true);
          expect(copied(sent)).toBe(sent);
        },
      ),
    );
  });

  it('is refused when it is none', () => {
    expect(() => readKubeJson('<html>')).toThrow(SyntaxError);
  });
});
