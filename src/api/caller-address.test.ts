import { describe, expect, it } from 'vitest';
import { ipRanges } from '../util/ip-ranges.ts';
import { callerAddress } from './caller-address.ts';

const PROXIES = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'];

describe('callerAddress', () => {
  it.each<[string, string[], string | undefined, string | string[] | undefined, string]>([
    ['the socket’s without proxies', [], '10.0.0.7', '203.0.113.9', '10.0.0.7'],
    ['the socket’s when a stranger claims another', PROXIES, '203.0.113.1', '203.0.113.9', '203.0.113.1'],
    ['the socket’s when the proxy says nothing', PROXIES, '10.0.0.7', undefined, '10.0.0.7'],
    ['what the proxy says', PROXIES, '10.0.0.7', '203.0.113.9', '203.0.113.9'],
    [
      'the nearest that is no proxy',
      PROXIES,
      '10.0.0.7',
      '198.51.100.1, 203.0.113.9, 10.1.2.3',
      '203.0.113.9',
    ],
    ['that of several headers', PROXIES, '10.0.0.7', ['198.51.100.1', '203.0.113.9'], '203.0.113.9'],
    ['the outermost proxy’s when all are', PROXIES, '10.0.0.7', '192.0.2.7, 10.2.2.2', '192.0.2.7'],
    ['of IPv6, and of IPv4 in it', PROXIES, '::ffff:10.0.0.7', '2001:db8::9, fd00::1', '2001:db8::9'],
    ['the proxy’s when it writes no address', PROXIES, '10.0.0.7', '203.0.113.9, unknown', '10.0.0.7'],
    ['nothing of a closed socket', PROXIES, undefined, '203.0.113.9', ''],
  ])('is %s', (_, proxies, socket, forwarded, expected) => {
    expect(callerAddress(socket, forwarded, ipRanges(proxies))).toBe(expected);
  });
});
