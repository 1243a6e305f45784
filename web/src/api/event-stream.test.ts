import { describe, expect, it } from 'vitest';
import { parseMessage, readEventStream } from './event-stream.ts';

function streamOf(...parts: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
}

describe('readEventStream', () => {
  it('puts messages together that arrive in pieces, and drops an unfinished last one', async () => {
    const messages = [];
    for await (const message of readEventStream(
      streamOf('id: 1\nda', 'ta: a\n', '\nid: 2\ndata: ü\n\ndata: lo'),
    )) {
      messages.push(message);
    }
    expect(messages).toEqual([
      { id: '1', event: 'message', data: 'a' },
      { id: '2', event: 'message', data: 'ü' },
    ]);
  });

  it('passes over comments that only keep the connection open', async () => {
    const messages = [];
    for await (const message of readEventStream(streamOf(': heartbeat\n\n', 'data: x\n\n')))
      messages.push(message.data);
    expect(messages).toEqual(['x']);
  });
});

describe('parseMessage', () => {
  it('joins several lines of data and takes one space after the colon away', () => {
    expect(parseMessage('event: task\r\ndata:  a\r\ndata:b')).toEqual({
      id: null,
      event: 'task',
      data: ' a\nb',
    });
  });
});
