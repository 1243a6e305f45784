import { describe, expect, it } from 'vitest';
import { readEventStream, type StreamMessage } from './event-stream.ts';

const TEXT =
  ': hello\n\nid: 7\nevent: log\ndata: {"a":\ndata: 1}\n\nretry: 5\n\ndata: ü\r\n\r\ndata: cut off';

/** What is read of the text when it comes in pieces of so many bytes. */
async function messages(size: number): Promise<StreamMessage[]> {
  const bytes = new TextEncoder().encode(TEXT);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
      controller.close();
    },
  });
  const read: StreamMessage[] = [];
  for await (const message of readEventStream(body)) read.push(message);
  return read;
}

describe('an event stream', () => {
  it.each([1_000, 3, 1])('is read message by message when it comes in pieces of %i bytes', async (size) => {
    expect(await messages(size)).toEqual([
      { id: '7', data: '{"a":\n1}' },
      { id: undefined, data: 'ü' },
    ]);
  });
});
