import { createServer } from 'node:net';
import { PlumblineError } from './errors.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Below what Linux (32768), macOS and Windows (49152) give to outgoing connections, any of which could otherwise take a
 * port between its choice and its use, or while its owner starts again.
 */
const FIRST = 10_240;
const END = 32_768;

/** Each process looks in a block of its own first, so that two that choose at once choose differently. */
const BLOCK = 16;
let next = FIRST + ((process.pid * BLOCK) % (END - FIRST));

/** Whether nobody of this machine listens on a port just now, of the loopback interface unless another address is given. */
export async function isFree(port: number, ip = LOOPBACK): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, ip, () => resolve(true));
  });
  if (free) await new Promise<void>((resolve) => server.close(() => resolve()));
  return free;
}

/**
 * A port that nobody listens on just now, another one at each call.
 * @throws PlumblineError `no_free_port`
 */
export async function freePort(ip = LOOPBACK): Promise<number> {
  for (let tried = FIRST; tried < END; tried += 1) {
    const port = next;
    next = next + 1 < END ? next + 1 : FIRST;
    if (await isFree(port, ip)) return port;
  }
  throw new PlumblineError(
    'no_free_port',
    `No port from ${FIRST} to ${END - 1} can be listened on at ${ip}.`,
  );
}
