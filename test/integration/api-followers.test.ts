import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TaskEventJson, taskEventSchema } from '../../src/api/schemas/task.ts';
import type { TokenSettings } from '../../src/domain/settings.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storeTask } from '../support/api-data.ts';
import { type EventStream, followEvents, type ServerSentEvent } from '../support/event-stream.ts';

let api: ApiFixture;
let now: number;
let url: string;
let task: Awaited<ReturnType<typeof storeTask>>;
const streams: EventStream[] = [];

beforeEach(async () => {
  now = Date.now();
  const clock = { now: () => new Date(now) };
  api = await apiFixture({ deps: { clock, streamLimits: { all: 10, each: 2 } } });
  const origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
  task = await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
  url = `${origin}/api/tasks/${task.id}/events`;
});

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await api.close();
});

async function follow(headers: Record<string, string> = {}): Promise<EventStream> {
  const stream = await followEvents(url, headers);
  streams.push(stream);
  return stream;
}

const say = (message: string, stackKey: string) =>
  api.store.events.append([
    { taskId: task.id, stackKey, kind: 'log', message, at: new Date().toISOString() },
  ]);

const messageOf = ({ data }: ServerSentEvent): TaskEventJson | undefined =>
  taskEventSchema.safeParse(data).data;
const lineOf = (event: ServerSentEvent): string[] => {
  const message = messageOf(event);
  return message?.type === 'log' ? [message.message] : [];
};
const logLines = (stream: EventStream): string[] => stream.events.flatMap(lineOf);
const isLog = (text: string) => (event: ServerSentEvent) => lineOf(event).includes(text);

describe('followers without an end', () => {
  it('are told to wait once there are too many, and let in again when one has left', async () => {
    const first = await follow();
    await follow();
    const refused = await fetch(url);
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'too_many_streams' }]);
    first.abort();
    await expect.poll(async () => (await follow()).status, { timeout: 10_000 }).toBe(200);
  });
});

describe('a follower whose token changes meanwhile', () => {
  const grants = (...environments: string[]) => [{ role: 'viewer' as const, repos: [], environments }];
  const mine = (changes: Partial<TokenSettings> = {}) => aToken('viewer@example.com', 'secret', changes);
  const withTokens = (...tokens: TokenSettings[]): void =>
    api.reload({ auth: { mode: 'tokens', tokens, oidc: [] } });

  async function followWith(token: TokenSettings): Promise<EventStream> {
    withTokens(token);
    const stream = await follow({ authorization: 'Bearer secret' });
    await say('before', 'envs/prod');
    await stream.until(isLog('before'));
    return stream;
  }

  it('gets nothing more once it is nobody’s', async () => {
    const stream = await followWith(mine());
    withTokens(aToken('other@example.com', 'another'));
    await say('after', 'envs/prod');
    await stream.ended;
    expect(logLines(stream)).toEqual(['before']);
  });

  it('gets nothing more once it has ended', async () => {
    const expiresAt = new Date(now + 60_000).toISOString();
    const stream = await followWith(mine({ expiresAt }));
    now += 61_000;
    await say('after', 'envs/prod');
    await stream.ended;
    expect(logLines(stream)).toEqual(['before']);
  });

  it('gets what the roles of now allow', async () => {
    const stream = await followWith(mine());
    withTokens(mine({ grants: grants('development') }), aToken('other@example.com', 'another'));
    await say('of another environment', 'envs/prod');
    await say('of their own', 'envs/dev');
    await stream.until(isLog('of their own'));
    expect(logLines(stream)).toEqual(['before', 'of their own']);
  });
});
