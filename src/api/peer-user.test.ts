import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { endianness } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createPeerCheck, uidOfPeer } from './peer-user.ts';

/** Runs `work` with the server's end of a connection over this machine's loopback interface. */
async function withConnection<T>(address: string, work: (accepted: Socket) => Promise<T>): Promise<T> {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  const [[accepted], client] = await Promise.all([
    once(server, 'connection') as Promise<[Socket]>,
    Promise.resolve(
      connect((server.address() as AddressInfo).port, address === '::' ? '127.0.0.1' : address),
    ),
  ]);
  try {
    return await work(accepted);
  } finally {
    client.destroy();
    accepted.destroy();
    server.close();
  }
}

const word = (hex: string) =>
  endianness() === 'LE' ? Buffer.from(hex, 'hex').reverse().toString('hex').toUpperCase() : hex;
const LOCALHOST = word('7f000001');
const ONE = `000000000000000000000000${word('00000001')}`;
const MAPPED = `0000000000000000${word('0000ffff')}${LOCALHOST}`;
const row = (local: string, remote: string, uid: number) =>
  `   1: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000 ${uid}        0 123 1 0 20 4 30 10 -1`;
const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

describe('uidOfPeer', () => {
  const connection = {
    localAddress: '127.0.0.1',
    localPort: 8080,
    remoteAddress: '127.0.0.1',
    remotePort: 4660,
  };

  it('is the user of the socket at the other end, not of this one', () => {
    const table = [
      HEAD,
      row(`${LOCALHOST}:1F90`, `${LOCALHOST}:1234`, 1000),
      row(`${LOCALHOST}:1234`, `${LOCALHOST}:1F90`, 33),
    ].join('\n');
    expect(uidOfPeer(table, connection)).toBe(33);
  });

  it('finds a client over IPv4 of a server for both', () => {
    const mapped = { ...connection, localAddress: '::ffff:127.0.0.1', remoteAddress: '::ffff:127.0.0.1' };
    expect(uidOfPeer(row(`${LOCALHOST}:1234`, `${LOCALHOST}:1F90`, 33), mapped)).toBe(33);
    expect(uidOfPeer(row(`${MAPPED}:1234`, `${MAPPED}:1F90`, 33), connection)).toBe(33);
  });

  it('is nobody where the socket was closed: then 0 stands there, which is root', () => {
    const closed = row(`${LOCALHOST}:1234`, `${LOCALHOST}:1F90`, 0).replace(' 123 1 ', ' 0 1 ');
    expect(uidOfPeer(closed, connection)).toBeUndefined();
  });

  it('finds a client over IPv6', () => {
    const six = { ...connection, localAddress: '::1', remoteAddress: '::1' };
    expect(uidOfPeer(row(`${ONE}:1234`, `${ONE}:1F90`, 33), six)).toBe(33);
    expect(uidOfPeer(row(`${LOCALHOST}:1234`, `${LOCALHOST}:1F90`, 33), six)).toBeUndefined();
  });

  it('is nobody where no socket has that end', () => {
    expect(uidOfPeer(row(`${LOCALHOST}:1235`, `${LOCALHOST}:1F90`, 33), connection)).toBeUndefined();
    expect(uidOfPeer(HEAD, connection)).toBeUndefined();
  });
});

describe('createPeerCheck', () => {
  const own = process.getuid?.() ?? -1;

  it.each(['127.0.0.1', '::1', '::'])(
    'knows a program of the own user that connects to %s',
    async (address) => {
      const check = createPeerCheck();
      expect(await withConnection(address, check)).toBe('own');
    },
  );

  it('knows a program of another user', async () => {
    const check = createPeerCheck(own + 1);
    expect(await withConnection('127.0.0.1', check)).toBe('other');
  });

  it('looks a connection up once', async () => {
    const check = createPeerCheck();
    const asked = await withConnection(
      '127.0.0.1',
      async (accepted) => [accepted, await check(accepted)] as const,
    );
    expect(await check(asked[0])).toBe(asked[1]);
  });

  it('says that it does not know what is no connection', async () => {
    expect(await createPeerCheck()({ remoteAddress: '127.0.0.1' })).toBe('unknown');
  });
});
