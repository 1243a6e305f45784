import { ApiError } from './api-error.ts';
import type { TokenStore } from './token-store.ts';

/** The one way to the server. Every method throws `ApiError`; a call that was aborted throws the abort. */
export interface ApiClient {
  /** Reads JSON. Answers with a status of `accept` count as success. */
  get<T>(path: string, options?: { signal?: AbortSignal; accept?: readonly number[] }): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  delete<T>(path: string, body?: unknown): Promise<T>;
  /** Reads a file, whatever its type. */
  file(path: string): Promise<Blob>;
  /** Opens an event stream and returns its bytes. */
  stream(
    path: string,
    options: { signal: AbortSignal; lastEventId: string | null },
  ): Promise<ReadableStream<Uint8Array>>;
}

/** A client that sends the token of `tokens` as a bearer token, when there is one. */
export function createApiClient(tokens: TokenStore): ApiClient {
  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const token = tokens.read();
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    try {
      return await fetch(path, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new ApiError(0, 'The Plumbline server does not answer.', null, cause);
    }
  }

  async function change<T>(method: string, path: string, body: unknown): Promise<T> {
    const response = await send(path, {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    return readJson(response, []);
  }

  return {
    async get(path, options = {}) {
      const response = await send(path, {
        headers: { accept: 'application/json' },
        ...(options.signal && { signal: options.signal }),
      });
      return readJson(response, options.accept ?? []);
    },
    post: (path, body) => change('POST', path, body),
    delete: (path, body) => change('DELETE', path, body),
    async file(path) {
      const response = await send(path, {});
      if (!response.ok) throw await failureOf(response);
      return response.blob();
    },
    async stream(path, { signal, lastEventId }) {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastEventId !== null) headers['last-event-id'] = lastEventId;
      const response = await send(path, { signal, headers });
      if (!response.ok || response.body === null) throw await failureOf(response);
      return response.body;
    },
  };
}

async function readJson<T>(response: Response, accept: readonly number[]): Promise<T> {
  if (!response.ok && !accept.includes(response.status)) throw await failureOf(response);
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new ApiError(response.status, 'The server answered with something that is not JSON.', null, cause);
  }
}

async function failureOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  return new ApiError(response.status, describe(response, body), body);
}

function describe(response: Response, body: unknown): string {
  if (typeof body === 'object' && body !== null) {
    for (const key of ['detail', 'error', 'message', 'title'] as const) {
      const text = (body as Record<string, unknown>)[key];
      if (typeof text === 'string' && text !== '') return text;
    }
  }
  return `The server answered with ${response.status} ${response.statusText}`.trimEnd();
}
