import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { JsonValue } from '../domain/json.ts';
import { PlumblineError } from '../util/errors.ts';
import { createSlots, type Slots } from '../util/slots.ts';
import type { ClusterSettings, KubeRequest } from './cluster.ts';
import type { Credentials } from './credentials.ts';
import { createConnections, type Connections } from './connections.ts';
import {
  answerError,
  readStatus,
  statusError,
  timeoutError,
  unreachableError,
  type Asked,
} from './errors.ts';
import { readKubeJson, writeKubeJson } from './exact-numbers.ts';
import { failedBefore } from './network-failure.ts';
import { isSafeToRepeat, retryAfterMs, retryPauseMs, type Outcome } from './retry.ts';

const never = new AbortController().signal;

/** Requests to one API server over kept connections: as raw JSON, bounded, in the order in which they came. */
export interface Transport {
  /**
   * Sends a request as often as the server's words about throttling, and its safety, allow.
   * @param what for people: an object's address
   * @throws PlumblineError with the codes of `errors.ts`; the signal's reason when cancelled
   */
  send(request: KubeRequest, what?: string): Promise<JsonValue>;
  /**
   * Opens an answer that goes on: chunks of text until the server ends it, or `lifeMs` are over. Takes none of the places
   * of other requests.
   */
  stream(request: KubeRequest & { lifeMs: number }, what?: string): Promise<AsyncIterable<string>>;
  /** Ends all that is under way. */
  close(): Promise<void>;
}

interface Parts {
  settings: Pick<ClusterSettings, 'name' | 'timeoutMs'>;
  credentials: Credentials;
  /** Of requests; streams have others, since each keeps its own for minutes. */
  connections: Connections;
  streams: Connections;
  slots: Slots;
}

type Attempt = { value: JsonValue } | { error: PlumblineError; outcome: Outcome | null };

/** Makes the transport of a cluster. */
export function createTransport(
  settings: Pick<ClusterSettings, 'name' | 'timeoutMs' | 'maxInFlight'>,
  credentials: Credentials,
): Transport {
  const parts: Parts = {
    settings,
    credentials,
    connections: createConnections(settings.maxInFlight),
    streams: createConnections(null),
    slots: createSlots(settings.maxInFlight),
  };
  return {
    send: async (request, what) => await send(parts, request, askedBy(settings.name, request, what)),
    stream: async (request, what) => await openStream(parts, request, askedBy(settings.name, request, what)),
    close: async () => {
      await Promise.all([parts.connections.close(), parts.streams.close()]);
    },
  };
}

function askedBy(cluster: string, { method, path }: KubeRequest, what: string | undefined): Asked {
  return { cluster, method, path, what: what ?? path };
}

async function send(parts: Parts, request: KubeRequest, asked: Asked): Promise<JsonValue> {
  const signal = request.signal ?? never;
  const safe = isSafeToRepeat(request);
  for (let tries = 1; ; tries += 1) {
    const attempt = await parts.slots.run(signal, async () => await tryOnce(parts, request, asked));
    if ('value' in attempt) return attempt.value;
    const { outcome, error } = attempt;
    const pause = outcome === null ? null : retryPauseMs(tries, outcome, safe, Math.random());
    if (pause === null) throw error;
    // Outside of its place, which others can use meanwhile.
    await delay(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function tryOnce(parts: Parts, request: KubeRequest, asked: Asked): Promise<Attempt> {
  const deadline = AbortSignal.timeout(parts.settings.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  try {
    const answer = await open(parts.credentials, parts.connections, request, signal);
    const text = await answer.body.text();
    return judge(asked, answer, text);
  } catch (error) {
    return failure(parts, request, asked, deadline, error);
  }
}

function failure(
  { settings, connections }: Parts,
  request: KubeRequest,
  asked: Asked,
  deadline: AbortSignal,
  error: unknown,
): Attempt {
  request.signal?.throwIfAborted();
  if (deadline.aborted) return { error: timeoutError(asked, settings.timeoutMs), outcome: null };
  const before = error instanceof PlumblineError ? 'not_network' : failedBefore(error);
  if (before === 'not_network') throw error;
  return {
    error: unreachableError(asked, error, before === 'broken'),
    outcome: before === 'untrusted' || connections.isClosed() ? null : { kind: before },
  };
}

function judge(asked: Asked, answer: Dispatcher.ResponseData, text: string): Attempt {
  const { statusCode: code } = answer;
  const body = tryRead(text);
  if (code < 300) {
    if (body !== undefined) return { value: body };
    return { error: answerError(asked, code, text), outcome: null };
  }
  const status = readStatus(code, body);
  const after = retryAfterMs(headerOf(answer, 'retry-after'), status.retryAfterSeconds);
  // These two the API server says in plain text, too.
  const known = body !== undefined || code === 404 || code === 429;
  return {
    error: known ? statusError(asked, status) : answerError(asked, code, text),
    outcome: { kind: 'status', status: code, retryAfterMs: after },
  };
}

function tryRead(text: string): JsonValue | undefined {
  try {
    return readKubeJson(text);
  } catch {
    return undefined;
  }
}

/** Sends once, and once more with new credentials where those that were used are not accepted. */
async function open(
  credentials: Credentials,
  connections: Connections,
  request: KubeRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const access = await credentials.get(signal);
  const answer = await connections.request(access, wire(request), signal);
  if (answer.statusCode !== 401) return answer;
  const renewed = await credentials.renew(access, signal);
  if (renewed === access) return answer;
  await answer.body.dump();
  return await connections.request(renewed, wire(request), signal);
}

function wire({ method, path, query, body, contentType, accept, impersonate }: KubeRequest) {
  const search = new URLSearchParams(query).toString();
  const headers: Record<string, string | string[]> = {
    accept: accept ?? 'application/json',
    'user-agent': 'plumbline',
  };
  if (body !== undefined) headers['content-type'] = contentType ?? 'application/json';
  if (impersonate !== undefined) {
    headers['impersonate-user'] = impersonate.user;
    if (impersonate.groups.length > 0) headers['impersonate-group'] = [...impersonate.groups];
  }
  return {
    method,
    path: search === '' ? path : `${path}?${search}`,
    headers,
    body: body === undefined ? null : writeKubeJson(body),
  };
}

async function openStream(
  parts: Parts,
  request: KubeRequest & { lifeMs: number },
  asked: Asked,
): Promise<AsyncIterable<string>> {
  // Until the answer begins, the deadline of every request holds.
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), parts.settings.timeoutMs);
  const signal =
    request.signal === undefined ? ending.signal : AbortSignal.any([ending.signal, request.signal]);
  const fail = (error: unknown): never => {
    const attempt = failure(parts, request, asked, ending.signal, error);
    throw 'error' in attempt ? attempt.error : error;
  };
  try {
    const answer = await open(parts.credentials, parts.streams, request, signal).catch(fail);
    if (answer.statusCode >= 300) {
      const attempt = judge(asked, answer, await answer.body.text().catch(fail));
      if ('error' in attempt) throw attempt.error;
    }
    clearTimeout(timer);
    return chunksOf(
      answer,
      setTimeout(() => ending.abort(), request.lifeMs),
      fail,
    );
  } catch (error) {
    clearTimeout(timer);
    throw error;
  }
}

async function* chunksOf(
  answer: Dispatcher.ResponseData,
  timer: NodeJS.Timeout,
  fail: (error: unknown) => never,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // Who stops reading ends the connection, which the body calls an error.
  answer.body.on('error', () => undefined);
  try {
    for await (const chunk of answer.body) yield decoder.decode(chunk as Uint8Array, { stream: true });
  } catch (error) {
    fail(error);
  } finally {
    clearTimeout(timer);
    answer.body.destroy();
  }
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
