import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A port of 127.0.0.1 that leads to another one, and that can be cut. */
export interface TcpRelay {
  port: number;
  /** How many connections there were so far. */
  connections(): number;
  /** Cuts all connections, and each new one as soon as it comes, until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Relays to a port of 127.0.0.1. */
export async function startTcpRelay(target: number): Promise<TcpRelay> {
  const open = new Set<Socket>();
  let count = 0;
  let isCut = false;
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    count += 1;
    const far = connect(target, '127.0.0.1');
    far.on('error', () => undefined);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    cut: () => {
      isCut = true;
      cutAll();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      server.close();
      cutAll();
      await once(server, 'close');
    },
  };
}
