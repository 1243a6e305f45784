import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TaskEventJson, taskEventSchema } from '../../src/api/schemas/task.ts';
import { createTaskFeeds } from '../../src/api/task-feed.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { type EventStream, followEvents, type ServerSentEvent } from '../support/event-stream.ts';

const stacks = [aStack('envs/prod'), aStack('envs/dev')];
let api: ApiFixture;
let origin: string;
let task: Awaited<ReturnType<typeof storeTask>>;
const streams: EventStream[] = [];

beforeEach(async () => {
  api = await apiFixture({ deps: { timing: { heartbeatMs: 20 } } });
  origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
  task = await storeTask(api.store, 'my-infra', stacks);
});

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await api.close();
});

async function follow(headers: Record<string, string> = {}, query = ''): Promise<EventStream> {
  const stream = await followEvents(`${origin}/api/tasks/${task.id}/events${query}`, headers);
  streams.push(stream);
  return stream;
}

const say = (message: string, stackKey: string | null = null) =>
  api.store.events.append([
    { taskId: task.id, stackKey, kind: 'log', message, at: new Date().toISOString() },
  ]);

const messageOf = ({ data }: ServerSentEvent): TaskEventJson => taskEventSchema.parse(data);
const logLines = (stream: EventStream): string[] =>
  stream.events.map(messageOf).flatMap((message) => (message.type === 'log' ? [message.message] : []));
const isLog = (text: string) => (event: ServerSentEvent) => {
  const message = messageOf(event);
  return message.type === 'log' && message.message === text;
};

describe('GET /api/tasks/{id}/events', () => {
  it('sends the task at once, then counts and lines as they come, and the end', async () => {
    await say('fetching');
    const stream = await follow();
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('cache-control')).toContain('no-cache');
    expect(messageOf(await stream.until(() => true))).toMatchObject({ type: 'task', task: { queued: 2 } });
    await stream.until(isLog('fetching'));

    await say('terraform init', 'envs/prod');
    await stream.until(isLog('terraform init'));
    await storePlan(api.store, task.jobs[0]!);
    await stream.until(({ data }) => (data as { task?: { completed: number } }).task?.completed === 1);
    await say('done');
    await finishTask(api.store, task.id);
    await stream.ended;
    const last = messageOf(stream.events.at(-1)!);
    expect(last).toMatchObject({ type: 'end', task: { id: task.id, status: 'completed' } });
    expect(logLines(stream)).toEqual(['fetching', 'terraform init', 'done']);
  });

  it('ends when the config says anew who has access, and goes on for whoever still has it', async () => {
    await say('fetching');
    const stream = await follow();
    const { id } = await stream.until(isLog('fetching'));
    api.reload({ auth: { mode: 'tokens', tokens: [aToken('ops', 'ops-token')], oidc: [] } });
    await stream.ended;
    expect(stream.events.some(({ event }) => event === 'end')).toBe(false);
    expect((await follow({ 'last-event-id': id })).status).toBe(401);
    await say('terraform init');
    const resumed = await follow({ 'last-event-id': id, authorization: 'Bearer ops-token' });
    await resumed.until(isLog('terraform init'));
    expect(logLines(resumed)).toEqual(['terraform init']);
  });

  it('ends at once for a task that has ended, with all its lines', async () => {
    await say('one');
    await finishTask(api.store, task.id);
    const stream = await follow();
    await stream.ended;
    expect(stream.events.map(({ event }) => event)).toEqual(['task', 'log', 'task', 'end']);
  });

  it.each([
    ['Last-Event-ID', (id: string) => follow({ 'last-event-id': id })],
    ['?after=', (id: string) => follow({}, `?after=${id}`)],
  ])('goes on after a break by %s, without losing or repeating a line', async (_title, resume) => {
    for (let line = 0; line < 3; line += 1) await say(`before ${line}`);
    const first = await follow();
    const seen = await first.until(isLog('before 1'));
    first.abort();
    await say('during the break');
    const second = await resume(seen.id);
    await say('after');
    await second.until(isLog('after'));
    expect(logLines(second)).toEqual(['before 2', 'during the break', 'after']);
  });

  it('takes a broken Last-Event-ID for none', async () => {
    await say('one');
    const stream = await follow({ 'last-event-id': 'x' });
    expect(await stream.until(isLog('one'))).toMatchObject({ event: 'log' });
  });

  it('delivers thousands of lines in order, to one who joins in the middle too', async () => {
    const lines = Array.from({ length: 2_500 }, (_, index) => `line ${index}`);
    const early = await follow();
    await early.until(() => true);
    const events = (part: string[]) =>
      part.map((message) => ({
        taskId: task.id,
        stackKey: null,
        kind: 'log' as const,
        message,
        at: new Date().toISOString(),
      }));
    await api.store.events.append(events(lines.slice(0, 1_300)));
    await early.until(isLog('line 0'));
    const late = await follow();
    await api.store.events.append(events(lines.slice(1_300)));
    await finishTask(api.store, task.id);
    await Promise.all([early.ended, late.ended]);
    expect(logLines(early)).toEqual(lines);
    expect(logLines(late)).toEqual(lines);
  });

  it('keeps a silent stream open with comments', async () => {
    const stream = await follow();
    await stream.until(() => true);
    await expect.poll(() => stream.comments.length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(stream.comments[0]).toBe('heartbeat');
  });

  it('answers 404 as a problem for a task that nobody knows', async () => {
    const answer = await fetch(`${origin}/api/tasks/my-infra:1/events`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    await answer.body?.cancel();
  });

  it('streams whatever the client says it accepts, and never for HEAD', async () => {
    const stream = await follow({ accept: 'application/json' });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const head = await fetch(`${origin}/api/tasks/${task.id}/events`, { method: 'HEAD' });
    expect(head.status).toBe(404);
  });

  it('ends all streams when the app closes', async () => {
    const stream = await follow();
    await stream.until(() => true);
    await api.app.close();
    await stream.ended;
    expect(stream.events.some(({ event }) => event === 'end')).toBe(false);
  });
});

describe('the feed of a task', () => {
  it('looks at the store once per interval, however many follow', async () => {
    let looks = 0;
    const tasks = {
      ...api.store.tasks,
      get: (id: string) => {
        looks += 1;
        return api.store.tasks.get(id);
      },
    };
    const feeds = createTaskFeeds({
      store: { ...api.store, tasks },
      intervalMs: 5,
      onError: (error) => {
        throw error;
      },
    });
    const followers = Array.from({ length: 50 }, async () => {
      const types: string[] = [];
      for await (const { type } of feeds.follow(task.id, 0, new AbortController().signal)) types.push(type);
      return types.at(-1);
    });
    await expect.poll(() => looks).toBeGreaterThan(55);
    expect(feeds.watched()).toBe(1);
    const before = looks;
    await expect.poll(() => looks).toBeGreaterThan(before + 2);
    // Fifty pollers would have looked fifty times in each interval.
    expect(looks - before).toBeLessThan(50);
    await finishTask(api.store, task.id);
    expect(new Set(await Promise.all(followers))).toEqual(new Set(['end']));
    expect(feeds.watched()).toBe(0);
  });

  it('stops looking when the last follower has left', async () => {
    const feeds = createTaskFeeds({ store: api.store, intervalMs: 5, onError: () => {} });
    const leave = new AbortController();
    const follower = (async () => {
      const types: string[] = [];
      for await (const { type } of feeds.follow(task.id, 0, leave.signal)) types.push(type);
      return types;
    })();
    await expect.poll(() => feeds.watched()).toBe(1);
    leave.abort();
    await follower;
    expect(feeds.watched()).toBe(0);
  });

  it('forgets a reader who leaves while it is behind', async () => {
    let looks = 0;
    const tasks = {
      ...api.store.tasks,
      get: (id: string) => {
        looks += 1;
        return api.store.tasks.get(id);
      },
    };
    const other = await apiFixture({ deps: { store: { ...api.store, tasks } } });
    const { port } = new URL(await other.app.listen({ host: '127.0.0.1', port: 0 }));
    // Connects, asks, and never reads.
    const socket = connect(Number(port), '127.0.0.1').pause();
    socket.write(`GET /api/tasks/${task.id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await expect.poll(() => looks).toBeGreaterThan(3);
    for (let round = 0; round < 20; round += 1) await say('x'.repeat(1_000_000));
    const stuck = looks;
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(stuck + 20);
    socket.destroy();
    await expect
      .poll(
        async () => {
          const before = looks;
          await new Promise((resolve) => setTimeout(resolve, 100));
          return looks - before;
        },
        { timeout: 10_000 },
      )
      .toBe(0);
    await other.close();
  });

  it('goes on after the store was away for a moment', async () => {
    let away = false;
    const errors: unknown[] = [];
    const tasks = {
      ...api.store.tasks,
      get: (id: string) => (away ? Promise.reject(new Error('away')) : api.store.tasks.get(id)),
    };
    const feeds = createTaskFeeds({
      store: { ...api.store, tasks },
      intervalMs: 5,
      onError: (error) => errors.push(error),
    });
    const types: string[] = [];
    const follower = (async () => {
      for await (const { type } of feeds.follow(task.id, 0, new AbortController().signal)) types.push(type);
    })();
    await expect.poll(() => types.length).toBeGreaterThan(0);
    away = true;
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    away = false;
    await finishTask(api.store, task.id);
    await follower;
    expect(types.at(-1)).toBe('end');
  });
});
