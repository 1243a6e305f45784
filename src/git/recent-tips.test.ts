import { describe, expect, it } from 'vitest';
import { createRecentTips } from './recent-tips.ts';

function tips(most = 9) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const recent = createRecentTips<string>(most, () => clock.ms);
  const ask = (key: string, maxAgeMs = 5, takesMs = 0) =>
    recent.ask(key, maxAgeMs, async () => {
      clock.ms += takesMs;
      return `${key}${asked.push(key)}`;
    });
  return { clock, asked, recent, ask };
}

describe('createRecentTips', () => {
  it('asks once for all who ask at the same time or a little later', async () => {
    const { clock, asked, ask } = tips();
    expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a1', 'a1', 'b2']);
    clock.ms = 5;
    expect(await ask('a')).toBe('a1');
    clock.ms = 6;
    expect(await ask('a')).toBe('a3');
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('asks again for those who want a newer answer, and counts from the question', async () => {
    const { clock, ask } = tips();
    expect(await ask('a', 5, 4)).toBe('a1');
    expect(await ask('a', 3)).toBe('a2');
    clock.ms += 3;
    expect(await ask('a', 3)).toBe('a2');
  });

  it('keeps a failure as long, from when it was known, and then asks again', async () => {
    const { clock, recent, ask } = tips();
    const failing = async () => {
      clock.ms += 600;
      throw new Error('no host');
    };
    await expect(recent.ask('a', 5, failing)).rejects.toThrow('no host');
    clock.ms += 5;
    await expect(ask('a')).rejects.toThrow('no host');
    clock.ms += 1;
    expect(await ask('a')).toBe('a1');
  });

  it('keeps nothing of a request that everybody has left', async () => {
    const { recent, ask } = tips();
    const leaving = new AbortController();
    const { promise, reject } = Promise.withResolvers<string>();
    const hanging = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')));
      return promise;
    };
    const left = recent.ask('a', 5, hanging, { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(await ask('a')).toBe('a1');
  });

  it('keeps only those that were asked for last', async () => {
    const { ask } = tips(2);
    for (const key of ['a', 'b', 'c']) await ask(key);
    expect([await ask('c'), await ask('b'), await ask('a')]).toEqual(['c3', 'b2', 'a4']);
  });
});
