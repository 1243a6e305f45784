import { describe, expect, it } from 'vitest';
import { ipRanges, isIpRange } from './ip-ranges.ts';

describe('isIpRange', () => {
  it.each([
    ['10.0.0.1', true],
    ['10.0.0.0/8', true],
    ['2001:db8::/32', true],
    ['::1', true],
    ['10.0.0.0/33', false],
    ['2001:db8::/129', false],
    ['10.0.0.0/8/8', false],
    ['10.0.0.0/', false],
    ['proxy.example.com', false],
    ['', false],
  ])('of "%s" is %s', (text, expected) => {
    expect(isIpRange(text)).toBe(expected);
  });
});

describe('ipRanges', () => {
  it('has what is in one of them, in either form of IPv4', () => {
    const has = ipRanges(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', 'not an address']);
    const inside = ['10.9.9.9', '::ffff:10.1.1.1', '192.0.2.7', 'fd12::1'];
    const outside = ['11.0.0.1', '192.0.2.8', '::ffff:11.0.0.1', 'fe80::1', 'proxy', ''];
    expect(inside.filter((address) => !has(address))).toEqual([]);
    expect(outside.filter(has)).toEqual([]);
  });
});
