import { createWriteStream } from 'node:fs';
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { PlumblineError } from '../util/errors.ts';

/** From the first try to reach the host (its name looked up, connected, TLS agreed) until its answer begins. */
const ANSWER_MS = 5000;
const IDLE_MS = 30_000;
const MOST_REDIRECTS = 5;
const LONGEST_TEXT_BYTES = 64 * 1024 * 1024;
const PROGRESS_STEP_MS = 3000;

/** How long a host that can't be reached is left alone. */
const UNREACHABLE_MS = 5 * 60 * 1000;

/** Hosts that could not be reached: the failure, and until when (of `performance.now()`) it is given again. */
export type UnreachableHosts = Map<string, { error: unknown; until: number }>;

export interface HttpOptions {
  /** For its proxy variables. */
  env: Readonly<Record<string, string>>;
  /** Remembered from call to call; nothing is remembered when not given. */
  unreachable?: UnreachableHosts;
  signal?: AbortSignal | undefined;
}

/**
 * Reads a text, or null when there is none (404).
 * @throws PlumblineError `download_failed` (also when the host can't be reached within 5 s)
 */
export async function fetchText(url: string, options: HttpOptions): Promise<string | null> {
  const body = await fetchBytes(url, options);
  return body === null ? null : body.toString('utf8');
}

/** As `fetchText`, for bytes. */
export async function fetchBytes(url: string, options: HttpOptions): Promise<Buffer | null> {
  const response = await request(url, options);
  return response === null ? null : await readBody(url, response, options);
}

/**
 * Reads one page of a list: its text, and where the next one is (`Link: <…>; rel="next"`, on the same server only).
 * null when there is none (404).
 * @throws PlumblineError `download_failed`
 */
export async function fetchPage(
  url: string,
  options: HttpOptions,
): Promise<{ text: string; next: string | null } | null> {
  const response = await request(url, options);
  if (response === null) return null;
  const [, target] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(String(response.headers['link'] ?? '')) ?? [];
  const next = target !== undefined && URL.canParse(target, url) ? new URL(target, url) : null;
  const text = (await readBody(url, response, options)).toString('utf8');
  return { text, next: next?.origin === new URL(url).origin ? next.href : null };
}

async function readBody(url: string, response: IncomingMessage, options: HttpOptions): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LONGEST_TEXT_BYTES) throw new Error(`more than ${LONGEST_TEXT_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw failed(url, error, options.signal);
  }
}

/**
 * Downloads into a file, and tells how far it is every few seconds.
 * @returns false when there is no such file (404)
 * @throws PlumblineError `download_failed`
 */
export async function downloadFile(
  url: string,
  path: string,
  options: HttpOptions & { onProgress: (message: string) => void },
): Promise<boolean> {
  const response = await request(url, options);
  if (response === null) return false;
  const total = Number(response.headers['content-length'] ?? 0);
  let received = 0;
  let saidAt = performance.now();
  response.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (performance.now() - saidAt < PROGRESS_STEP_MS) return;
    saidAt = performance.now();
    options.onProgress(
      `Downloading ${url}: ${megabytes(received)}${total > 0 ? ` of ${megabytes(total)}` : ''}`,
    );
  });
  try {
    await pipeline(response, createWriteStream(path, { mode: 0o600 }));
    return true;
  } catch (error) {
    throw failed(url, error, options.signal);
  }
}

/** Follows redirects; null for 404. */
async function request(url: string, options: HttpOptions): Promise<IncomingMessage | null> {
  let current = url;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const response = await getOnce(current, options).catch((error: unknown) => {
      throw failed(url, error, options.signal);
    });
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    response.destroy();
    if (status === 404) return null;
    const location = response.headers.location;
    if (status < 300 || status >= 400 || location === undefined) {
      throw failed(url, new Error(`the server answered ${status}`), options.signal);
    }
    const next = new URL(location, current);
    if (current.startsWith('https:') && next.protocol !== 'https:') {
      throw failed(url, new Error('it leads from https to http'), options.signal);
    }
    current = next.href;
  }
  throw failed(url, new Error('too many redirects'), options.signal);
}

async function getOnce(url: string, options: HttpOptions): Promise<IncomingMessage> {
  const { host } = new URL(url);
  const before = options.unreachable?.get(host);
  if (before !== undefined && before.until > performance.now()) throw before.error;
  try {
    return await send(url, options);
  } catch (error) {
    if (options.signal?.aborted !== true) {
      options.unreachable?.set(host, { error, until: performance.now() + UNREACHABLE_MS });
    }
    throw error;
  }
}

async function send(url: string, { env, signal }: HttpOptions): Promise<IncomingMessage> {
  const secure = new URL(url).protocol === 'https:';
  // Node takes the proxy variables from here; older ones ignore the option.
  const agentOptions = { proxyEnv: env };
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'user-agent': 'plumbline' };
    const sent = secure
      ? httpsGet(url, { agent: new HttpsAgent(agentOptions), headers, signal })
      : httpGet(url, { agent: new HttpAgent(agentOptions), headers, signal });
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
    sent.setTimeout(IDLE_MS, () => sent.destroy(new Error(`silent for ${IDLE_MS} ms`)));
    sent.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
  });
}

function failed(url: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  const why =
    error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return new PlumblineError('download_failed', `${url} can't be downloaded: ${why}.`, {
    cause: error,
    retryable: true,
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
