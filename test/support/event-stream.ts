/** One message of a stream of server-sent events. */
export interface ServerSentEvent {
  id: string;
  event: string;
  data: unknown;
}

/** What came over a stream: its events, and the comments that only keep it open. */
export interface EventStream {
  status: number;
  headers: Headers;
  events: ServerSentEvent[];
  comments: string[];
  /** Resolves when an event fits; rejects when the stream ends before. */
  until(fits: (event: ServerSentEvent) => boolean): Promise<ServerSentEvent>;
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>;
  /** Leaves. */
  abort(): void;
}

/** Follows a stream over a real socket. */
export async function followEvents(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const controller = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: controller.signal,
  });
  const events: ServerSentEvent[] = [];
  const comments: string[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  const ended = read(response, (block) => {
    const comment = /^: ?(.*)$/.exec(block);
    if (comment) comments.push(comment[1]!);
    else events.push(parse(block));
    for (const wake of waiting) wake();
  }).finally(() => {
    over = true;
    for (const wake of waiting) wake();
  });
  ended.catch(() => {});
  return {
    status: response.status,
    headers: response.headers,
    events,
    comments,
    ended,
    until: async (fits) => {
      for (;;) {
        const found = events.find(fits);
        if (found) return found;
        if (over) throw new Error(`the stream ended after ${JSON.stringify(events)}`);
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
    abort: () => controller.abort(),
  };
}

async function read(response: Response, onBlock: (block: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) onBlock(block);
  }
}

function parse(block: string): ServerSentEvent {
  const field = (name: string): string =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join('\n');
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown };
}
