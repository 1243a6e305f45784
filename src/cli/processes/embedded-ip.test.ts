import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { embeddedIp } from './embedded-ip.ts';

describe('the address of the embedded Temporal server', () => {
  it('is the loopback interface unless something else is wanted', async () => {
    expect(await embeddedIp(null)).toBe('127.0.0.1');
    expect(await embeddedIp('10.1.2.3')).toBe('10.1.2.3');
  });

  it('is what the host name stands for, when the machine’s own is wanted', async () => {
    expect(await embeddedIp('own')).toSatisfy(isIPv4);
  });
});
