import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

describe('createSlots', () => {
  it('lets no more in than there are places, and the rest in order', async () => {
    const slots = createSlots(2);
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map((n) =>
        slots.run(never, async () => {
          order.push(n);
          inside += 1;
          most = Math.max(most, inside);
          await delay(5);
          inside -= 1;
        }),
      ),
    );
    expect({ most, order }).toEqual({ most: 2, order: [0, 1, 2, 3, 4, 5] });
  });

  it('lets what is urgent in before all others that wait', async () => {
    const slots = createSlots(1);
    const order: string[] = [];
    const run = (name: string, urgent: boolean) =>
      slots.run(never, async () => void order.push(name), { urgent });
    const works = [run('first', false), run('second', false), run('urgent', true), run('also urgent', true)];
    await Promise.all(works);
    expect(order).toEqual(['first', 'urgent', 'also urgent', 'second']);
  });

  it('gives a place back when the work fails', async () => {
    const slots = createSlots(1);
    await expect(slots.run(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.run(never, () => Promise.resolve('yes'))).resolves.toBe('yes');
  });

  it('forgets who was cancelled while waiting', async () => {
    const slots = createSlots(1);
    const stop = new AbortController();
    const first = slots.run(never, () => delay(20));
    const cancelled = slots.run(stop.signal, () => Promise.resolve('never'));
    const third = slots.run(never, () => Promise.resolve('third'));
    stop.abort(new Error('stopped'));
    await expect(cancelled).rejects.toThrow('stopped');
    await first;
    await expect(third).resolves.toBe('third');
  });
});
