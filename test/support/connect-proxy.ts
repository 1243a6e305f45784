import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

/**
 * An HTTP proxy that opens tunnels, and knows to where.
 * @param at where it finds all hosts; without it: where they are
 */
export async function startConnectProxy(at?: string): Promise<{
  url: string;
  tunnels: string[];
  close(): Promise<void>;
}> {
  const tunnels: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, near) => {
    tunnels.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const far = connect(Number(port), at ?? hostname, () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
