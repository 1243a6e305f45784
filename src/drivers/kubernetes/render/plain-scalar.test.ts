import { assert, double, maxSafeInteger, oneof, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeKubeJson } from '../../../kube/exact-numbers.ts';
import { readPlainScalar } from './plain-scalar.ts';

describe('readPlainScalar', () => {
  it.each([
    ['', null],
    ['~', null],
    ['Null', null],
    ['y', true],
    ['Yes', true],
    ['ON', true],
    ['n', false],
    ['off', false],
    ['yES', 'yES'],
    ['0', 0],
    ['-0', 0],
    ['+12', 12],
    ['0777', 511],
    ['0o17', 15],
    ['0x1F', 31],
    ['-0b11', -3],
    ['0b-11', -3],
    ['0b+0', 0],
    ['-0b-1', '-0b-1'],
    ['0B-1', '0B-1'],
    ['1_000', 1000],
    ['08', 8],
    ['1.50', 1.5],
    ['.5', 0.5],
    ['.7_7', 0.77],
    ['.7__7', '.7__7'],
    ['.7_', '.7_'],
    ['.7E1_0', 7e9],
    ['1e3', 1000],
    ['1.', 1],
    ['1e999', '1e999'],
    ['1:30', '1:30'],
    ['2026-01-02', '2026-01-02'],
    ['1.2.3', '1.2.3'],
    ['-', '-'],
    ['.', '.'],
    ['1Gi', '1Gi'],
    ['=', '='],
  ])('takes %j for %j', (text, value) => {
    expect(readPlainScalar(text)).toEqual({ value });
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551615', '18446744073709551615'],
    ['9_007_199_254_740_993', '9007199254740993'],
    ['0xfffffffffffffff', '1152921504606846975'],
    ['\u20609007199254740993', '"\u20609007199254740993"'],
  ])('keeps all digits of %s', (text, written) => {
    const read = readPlainScalar(text);
    expect('value' in read && writeKubeJson(read.value)).toBe(written);
  });

  it.each(['.inf', '-.INF', '.nan', '18446744073709551616', '-9223372036854775809'])('refuses %s', (text) => {
    expect(readPlainScalar(text)).toHaveProperty('fault');
  });

  it('reads every number as JSON writes it', () => {
    assert(
      property(oneof(maxSafeInteger(), double({ noNaN: true, noDefaultInfinity: true })), (value) => {
        const read = readPlainScalar(JSON.stringify(value));
        const isLong = Number.isInteger(value) && Math.abs(value) >= 2 ** 63;
        const written = 'fault' in read ? null : Number(writeKubeJson(read.value));
        expect(written ?? isLong).toBe('fault' in read ? true : value === 0 ? 0 : value);
      }),
    );
  });
});
