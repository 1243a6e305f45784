import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listening } from './listening.ts';

describe('listening', () => {
  it('says which address is taken, and which key of the config names it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    const late = createServer();
    const listen = () =>
      new Promise<void>((resolve, reject) => {
        late.once('error', reject).listen(port, '127.0.0.1', resolve);
      });
    try {
      await expect(listening('listen_addr', { host: '127.0.0.1', port }, listen)).rejects.toMatchObject({
        code: 'listen_failed',
        message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*another program.*listen_addr`)),
      });
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it('passes on what it has no words for', async () => {
    const strange = new Error('strange');
    await expect(
      listening('listen_addr', { host: '::1', port: 1 }, () => Promise.reject(strange)),
    ).rejects.toBe(strange);
  });
});
