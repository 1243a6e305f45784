import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import type { ApiClient } from '../../api/client.ts';
import type { TaskEventJson } from '../../api/types.ts';
import { followTask } from './follow-task.ts';

function log(seq: number): string {
  const event = { type: 'log', seq, stack: null, kind: 'progress', message: `line ${seq}`, at: '' };
  return `id: ${seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** A server that gives one of these answers per connection. */
function scripted(answers: (string | Error)[]): { api: ApiClient; askedAfter: (string | null)[] } {
  const askedAfter: (string | null)[] = [];
  const api = {
    stream: async (_path: string, { lastEventId }: { lastEventId: string | null }) => {
      askedAfter.push(lastEventId);
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked once too often');
      return new Blob([answer]).stream();
    },
  } as unknown as ApiClient;
  return { api, askedAfter };
}

async function follow(answers: (string | Error)[]) {
  const { api, askedAfter } = scripted(answers);
  const events: TaskEventJson[] = [];
  const connections: boolean[] = [];
  await followTask(
    api,
    'r:1',
    { onEvent: (event) => events.push(event), onConnection: (open) => connections.push(open) },
    new AbortController().signal,
  );
  return { askedAfter, connections, types: events.map((event) => event.type) };
}

describe('followTask', () => {
  it('goes on after the last event that arrived when the stream breaks, and stops at the end', async () => {
    const end = `data: ${JSON.stringify({ type: 'end', task: {} })}\n\n`;
    const trouble = new ApiError(503, 'busy', null);
    expect(await follow([log(1) + log(2), trouble, log(3) + end])).toEqual({
      askedAfter: [null, '2', '2'],
      connections: [true, false, false, true],
      types: ['log', 'log', 'log', 'end'],
    });
  });

  it('does not ask again when the server refuses', async () => {
    await expect(follow([new ApiError(404, 'no such task', null)])).rejects.toThrow('no such task');
  });
});
