import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it came. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** An HTTP server in the place of an API server, for answers that a real one can’t be made to give. */
export interface StrictApi {
  url: string;
  seen: SeenRequest[];
  /** How many requests there were at most at once. */
  most(): number;
  kubeconfig(path: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Serves with `answer`, which has to end each response in its own time. A request without the token, or with a path that is
 * none of an API server, is answered with 418, which no test takes for anything else.
 */
export async function startStrictApi(
  answer: (request: SeenRequest, response: ServerResponse, number: number) => void | Promise<void>,
): Promise<StrictApi> {
  const token = 'strict-token';
  const seen: SeenRequest[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((incoming, response) => {
    open += 1;
    most = Math.max(most, open);
    response.once('close', () => (open -= 1));
    const serve = async () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: await text(incoming) };
      seen.push(request);
      const isRight = headers.authorization === `Bearer ${token}` && /^\/(?:api|apis|version)\b/.test(url);
      if (isRight) await answer(request, response, seen.length);
      else response.writeHead(418).end();
    };
    serve().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen,
    most: () => most,
    kubeconfig: async (path) => {
      const config = {
        clusters: [{ name: 'strict', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'user', user: { token } }],
        contexts: [{ name: 'strict', context: { cluster: 'strict', user: 'user' } }],
        'current-context': 'strict',
      };
      await writeFile(path, JSON.stringify(config));
      return path;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Ends a response with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
