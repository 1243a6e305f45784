import { PlumblineError } from '../util/errors.ts';
import { usageError } from './usage-error.ts';

/** Talks to a running Plumbline. */
export interface ApiClient {
  baseUrl: string;
  /** @throws PlumblineError `api_unreachable`, or the code of the server's problem */
  get<T>(path: string): Promise<T>;
  /** The body as it was sent (reports). */
  getText(path: string): Promise<string>;
  /** The bytes of an event stream, from after the event with this ID. */
  stream(
    path: string,
    options: { signal: AbortSignal; lastEventId: string },
  ): Promise<ReadableStream<Uint8Array>>;
  post<T>(path: string, body?: unknown): Promise<T>;
  delete<T>(path: string, body?: unknown): Promise<T>;
}

/** Connection settings of one call of the CLI. `token` is sent as a bearer token and never printed. */
export interface ApiClientOptions {
  baseUrl: string;
  token: string | undefined;
}

/** A client for the server at `baseUrl`; answers are trusted to have the shapes of src/api/schemas. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const baseUrl = checkedBaseUrl(options.baseUrl);
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    stream?: { signal: AbortSignal; lastEventId: string },
  ): Promise<Response> => {
    const headers: Record<string, string> = { accept: 'application/json', 'x-plumbline-client': 'cli' };
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (stream !== undefined) headers['last-event-id'] = stream.lastEventId;
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers,
      ...(stream === undefined ? {} : { signal: stream.signal }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new PlumblineError(
        'api_unreachable',
        `Plumbline does not answer at ${baseUrl}. Start it with "plumbline up", or name the right address with --server or PLUMBLINE_URL.`,
        { cause, retryable: true },
      );
    });
    if (!response.ok) throw await problemOf(response, `${method} ${path}`);
    return response;
  };
  return {
    baseUrl,
    get: async <T>(path: string) => await readJson<T>(await call('GET', path)),
    getText: async (path) => await (await call('GET', path)).text(),
    stream: async (path, options) => (await call('GET', path, undefined, options)).body!,
    post: async <T>(path: string, body: unknown = {}) => await readJson<T>(await call('POST', path, body)),
    delete: async <T>(path: string, body: unknown = {}) =>
      await readJson<T>(await call('DELETE', path, body)),
  };
}

/** @throws PlumblineError `usage` */
function checkedBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw usageError(`"${text}" is not the address of a server: write it as http://host:port.`);
}

/** @throws PlumblineError `api_unexpected` */
async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new PlumblineError(
      'api_unexpected',
      `${response.url} answered something else than JSON. Check that --server or PLUMBLINE_URL is Plumbline's own address.`,
      { cause },
    );
  }
}

/** What helps against an answer of this status, beyond what the server says itself. */
const ADVICE: Readonly<Record<number, string>> = {
  401: ' Set PLUMBLINE_TOKEN to a token of the server.',
  409: ' "plumbline tasks" shows what is running, "plumbline cancel" ends it.',
};

function adviceFor(status: number, request: string): string {
  // What is refused about an approval, a lock or a saved state has nothing to do with a busy repository.
  if (status === 409 && /\/api\/(approvals|locks)\/|\/rollback$/.test(request)) return '';
  return ADVICE[status] ?? '';
}

/** Turns an error answer, a problem or driftd's shape, into an error that keeps its body in `details`. */
async function problemOf(response: Response, request: string): Promise<PlumblineError> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    body = { detail: text.slice(0, 200) };
  }
  const said = [body['detail'], body['error'], body['title']].find((text) => typeof text === 'string');
  return new PlumblineError(
    typeof body['code'] === 'string' ? body['code'] : `http_${response.status}`,
    `${request} was refused (${response.status}): ${sentence(said ?? response.statusText)}${adviceFor(response.status, request)}`,
    { details: { status: response.status, body } },
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A path segment of a stack key: slashes stay, everything else is encoded. */
export function keyPath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
