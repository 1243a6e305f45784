import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchLines, type WatchLine } from './watch-stream.ts';

async function linesOf(chunks: string[]): Promise<(WatchLine | null)[]> {
  const stream = async function* () {
    yield* chunks;
  };
  const lines: (WatchLine | null)[] = [];
  for await (const line of watchLines(stream())) lines.push(line);
  return lines;
}

describe('watchLines', () => {
  const events = ['a', 'b\\n', 'ü'].map((name) => ({ type: 'ADDED', object: { metadata: { name } } }));
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');

  it('gives the same events however the text is cut', async () => {
    const cuts = fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const ends = [0, ...places.toSorted((a, b) => a - b), text.length];
        const chunks = ends.slice(1).map((end, index) => text.slice(ends[index], end));
        expect(await linesOf(chunks)).toEqual(events);
      }),
    );
  });

  it('leaves out what was cut off with the connection', async () => {
    expect(await linesOf([text, '{"type":"ADDED","obj'])).toEqual(events);
  });

  it.each(['<html>', '{"type":"ADDED"}', '[1]', '{"object":{}}'])(
    'says that %s is no event',
    async (line) => {
      expect(await linesOf([`${line}\n`, text])).toEqual([null, ...events]);
    },
  );
});
