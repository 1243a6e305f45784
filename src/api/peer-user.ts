import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** One connection as this process sees it; a part is undefined once it is closed, or where it never had one. */
export interface Connection {
  localAddress?: string | undefined;
  localPort?: number | undefined;
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}

/** Whose program is at the other end of a connection inside this machine; `unknown`: this system does not say. */
export type PeerUser = 'own' | 'other' | 'unknown';

/** Whose program is at the other end of a connection. */
export type PeerCheck = (connection: Connection) => Promise<PeerUser>;

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;
const LOOKS = 2;

/**
 * Tells whether the other end of a loopback connection is a program of the user who runs this one, by the kernel's own table
 * of sockets (Linux). Each connection is looked up once: a socket stays its user's.
 */
export function createPeerCheck(ownUid = process.getuid?.()): PeerCheck {
  const known = new WeakMap<Connection, Promise<PeerUser>>();
  return (connection) => {
    const found = known.get(connection) ?? lookUp(connection, ownUid);
    known.set(connection, found);
    return found;
  };
}

async function lookUp(connection: Connection, ownUid: number | undefined): Promise<PeerUser> {
  if (ownUid === undefined || connection.remotePort === undefined) return 'unknown';
  for (let look = 0; look < LOOKS; look += 1) {
    const tables = await Promise.all(TABLES.map((path) => readFile(path, 'latin1').catch(() => null)));
    if (tables.every((table) => table === null)) return 'unknown';
    const uid = uidOfPeer(tables.join('\n'), connection);
    if (uid !== undefined) return uid === ownUid ? 'own' : 'other';
    // A table that changes while it is read may lack a row.
    await nextTurn();
  }
  return 'other';
}

/** The user who owns the socket at the connection's other end, by rows of /proc/net/tcp and tcp6 (proc(5)); undefined: none has it. */
export function uidOfPeer(tables: string, connection: Connection): number | undefined {
  const peer = endpoint(connection.remoteAddress, connection.remotePort);
  const here = endpoint(connection.localAddress, connection.localPort);
  for (const row of tables.split('\n')) {
    const [, local = '', remote = '', , , , , uid = '', , inode = ''] = row.trim().split(/\s+/);
    // A socket that was closed has no owner any more, and 0 stands there for its user.
    if (inode === '0' || inode === '') continue;
    if (rowEndpoint(local) === peer && rowEndpoint(remote) === here && /^\d+$/.test(uid)) return Number(uid);
  }
  return undefined;
}

/** Hexadecimal address and port; the only IPv6 address of the loopback interface is ::1. */
function endpoint(address = '', port = 0): string {
  const plain = address.replace(/^::ffff:/i, '');
  const isV4 = plain.includes('.');
  const bytes = isV4
    ? plain.split('.').map(Number)
    : plain === '::1'
      ? [...Array<number>(15).fill(0), 1]
      : [];
  return `${Buffer.from(bytes).toString('hex')}:${port}`;
}

/** The same of a table's `0100007F:1F90`, whose address is in words of the machine's byte order. */
function rowEndpoint(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const words = address.match(/.{8}/g) ?? [];
  const ordered = words.map((word) => {
    const bytes = Buffer.from(word, 'hex');
    return (endianness() === 'LE' ? bytes.reverse() : bytes).toString('hex');
  });
  return `${ordered.join('').replace(/^0{20}f{4}/, '')}:${Number.parseInt(port, 16)}`;
}
