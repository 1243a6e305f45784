import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of Terraform's http backend, with locks as it wants them. */
export interface HttpState {
  url: string;
  /** What is stored; empty when there is no state. */
  state: string;
  /** The holder's own words, or empty. */
  lock: string;
  /** Methods of all requests so far. */
  methods: string[];
  /** Set: refuses to store a state. */
  readOnly: boolean;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function anHttpState(): Promise<HttpState> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      http.methods.push(request.method!);
      const [status, answer] = answerTo(request.method!, body);
      response.writeHead(status).end(answer);
    });
  });
  const answerTo = (method: string, body: string): [number, string] => {
    if (method === 'GET') return http.state === '' ? [404, ''] : [200, http.state];
    if (method === 'LOCK' && http.lock !== '') return [423, http.lock];
    if (method === 'LOCK') http.lock = body;
    if (method === 'UNLOCK') http.lock = '';
    if (method === 'POST' && http.readOnly) return [500, ''];
    if (method === 'POST') http.state = body;
    return [200, ''];
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http: HttpState = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`,
    state: '',
    lock: '',
    methods: [],
    readOnly: false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return http;
}
