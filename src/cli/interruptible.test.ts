import { describe, expect, it } from 'vitest';
import { interruptible } from './interruptible.ts';

describe('interruptible', () => {
  it('gives the result when nobody interrupts, and listens no longer', async () => {
    const before = process.listenerCount('SIGINT');
    expect(await interruptible(async () => 'done')).toEqual({ result: 'done' });
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it('waits for work that is interrupted, and gives the exit code of the first signal', async () => {
    let ended = false;
    const outcome = await interruptible(async (signal) => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      process.emit('SIGINT', 'SIGINT');
      process.emit('SIGTERM', 'SIGTERM');
      await aborted;
      ended = true;
      signal.throwIfAborted();
    });
    expect(outcome).toEqual({ interrupted: 130 });
    expect(ended).toBe(true);
  });

  it('passes on a failure of the work', async () => {
    await expect(interruptible(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
