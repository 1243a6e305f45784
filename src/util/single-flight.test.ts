import { describe, expect, it } from 'vitest';
import { createSingleFlight } from './single-flight.ts';

describe('createSingleFlight', () => {
  it('runs once for all who ask at the same time, and again afterwards', async () => {
    const flights = createSingleFlight<number>();
    let runs = 0;
    const work = async () => (runs += 1);
    expect(
      await Promise.all([flights.run('a', work), flights.run('a', work), flights.run('b', work)]),
    ).toEqual([1, 1, 2]);
    expect(await flights.run('a', work)).toBe(3);
  });

  it('gives a failure to all, and keeps none', async () => {
    const flights = createSingleFlight<number>();
    const failing = async () => {
      throw new Error('no');
    };
    const results = await Promise.allSettled([flights.run('a', failing), flights.run('a', failing)]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('a', async () => 1)).toBe(1);
  });

  it('lets one leave without ending the work for the others', async () => {
    const flights = createSingleFlight<string>();
    const leaving = new AbortController();
    const gate = Promise.withResolvers<string>();
    let aborted = false;
    const work = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return gate.promise;
    };
    const first = flights.run('a', work, { signal: leaving.signal });
    const second = flights.run('a', work);
    leaving.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(aborted).toBe(false);
    gate.resolve('done');
    expect(await second).toBe('done');
  });

  it('aborts the work when everybody has left', async () => {
    const flights = createSingleFlight<string>();
    const leaving = new AbortController();
    const work = (signal: AbortSignal) =>
      new Promise<string>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
    const only = flights.run('a', work, { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(only).rejects.toThrow('left');
    expect(await flights.run('a', async () => 'new')).toBe('new');
  });
});
