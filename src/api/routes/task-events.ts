import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { taskJson } from '../json/task-json.ts';
import { type RouteContext, type Routes, typed } from '../route-context.ts';
import { requireSeenTask } from '../seen-tasks.ts';
import { seenMessages } from '../seen-messages.ts';
import { type Sight, sightOf } from '../sight.ts';
import { createStreamSlots } from '../stream-slots.ts';
import { problemSchema } from '../schemas/problem.ts';
import type { TaskEventJson } from '../schemas/task.ts';
import type { FeedMessage } from '../task-feed.ts';

/** So long a follower is taken for who they were. */
const RECHECK_MS = 1_000;

/**
 * `GET /api/tasks/{id}/events`: server-sent events. `task` whenever the counts changed, `log` for each line, `end` last.
 * Each event's ID is the sequence number of the newest line sent; `Last-Event-ID` (or `?after=`) goes on from there.
 * A stream ends once its reader's token has ended or is nobody's any more.
 */
export const taskEventRoutes: Routes = (app, context) => {
  const { deps } = context;
  const slots = createStreamSlots(deps.streamLimits);
  typed(app).get(
    '/api/tasks/:id/events',
    {
      // An event stream whatever the client says it accepts, and never for HEAD: it would not end.
      sse: 'manual',
      exposeHeadRoute: false,
      schema: {
        tags: ['tasks'],
        summary: "A task's progress and live log as server-sent events",
        params: z.object({ id: z.string() }),
        querystring: z.object({ after: z.coerce.number().int().min(0).default(0) }),
        produces: ['text/event-stream'],
        response: { 403: problemSchema, 404: problemSchema, 429: problemSchema },
      },
    },
    async (request, reply) => {
      const task = await requireSeenTask(deps, request, request.params.id);
      const leave = slots.take(request);
      try {
        await sendEvents(context, request, reply, { taskId: task.id, after: request.query.after });
      } finally {
        leave();
      }
    },
  );
};

async function sendEvents(
  { deps, feeds }: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: { taskId: string; after: number },
): Promise<void> {
  const left = new AbortController();
  const gone = new Promise<void>((resolve) => left.signal.addEventListener('abort', () => resolve()));
  reply.header('cache-control', 'no-cache');
  reply.sse.onClose(() => left.abort());
  const resumed = Number(reply.sse.lastEventId ?? Number.NaN);
  const after = Number.isSafeInteger(resumed) && resumed >= 0 ? resumed : asked.after;
  const messages = feeds.follow(asked.taskId, after, left.signal);
  const sight = sightNow(deps, request);
  const leaveUnseen = async () => {
    if ((await sight().catch(() => undefined)) === undefined) left.abort();
  };
  // Nobody whose access has ended stays until the next message.
  const watch = setInterval(() => void leaveUnseen(), RECHECK_MS);
  try {
    for await (const message of seenMessages(deps, sight, messages)) {
      if (!reply.sse.isConnected) break;
      const sent = reply.sse.send({
        id: String(message.cursor),
        event: message.type,
        data: eventJson(message),
      });
      // A reader that leaves while it is behind would be waited for without an end.
      await Promise.race([sent, gone]);
    }
  } finally {
    clearInterval(watch);
  }
}

/**
 * What a follower may see at each moment: a token that ends, is taken back or loses a role while they follow ends there, too.
 * Looked up anew when the settings are others, and now and then.
 */
function sightNow(deps: ApiDeps, request: FastifyRequest): () => Promise<Sight | undefined> {
  const stamp = () => ({ settings: deps.settings(), until: deps.clock.now().getTime() + RECHECK_MS });
  let known = { sight: sightOf(deps, request.person) as Sight | undefined, ...stamp() };
  return async () => {
    if (known.settings === deps.settings() && deps.clock.now().getTime() < known.until) return known.sight;
    const person = await request.personNow();
    known = { sight: person && sightOf(deps, person), ...stamp() };
    return known.sight;
  };
}

function eventJson(message: FeedMessage): TaskEventJson {
  if (message.type !== 'log') return { type: message.type, task: taskJson(message.task) };
  const { seq, stackKey, kind, message: text, at } = message.event;
  return { type: 'log', seq, stack: stackKey, kind, message: text, at };
}
