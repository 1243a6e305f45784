import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort, isFree } from './free-port.ts';

describe('freePort', () => {
  it('gives another port at each call, none that an outgoing connection could take', async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    expect(new Set(ports).size).toBe(3);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(10_240);
      expect(port).toBeLessThan(32_768);
    }
  });

  it('passes over a port that somebody listens on', async () => {
    const first = await freePort();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(first + 1, '127.0.0.1', resolve));
    try {
      expect(await isFree(first + 1)).toBe(false);
      expect(await freePort()).toBeGreaterThan(first + 1);
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });
});
