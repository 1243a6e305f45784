import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import type { AuditHead } from '../domain/audit/record.ts';
import { type HeadAnchor, headLine } from './audit-anchor.ts';

const TIMEOUT_MS = 10_000;
/** Facility 13 (log audit), severity 5 (notice). */
const PRIORITY = 13 * 8 + 5;

/**
 * A syslog collector: each head is one RFC 5424 message, over TCP with its length before it (RFC 6587), or over UDP. It can't
 * be read back: whoever keeps the collector compares. A message over TCP that was taken may still be lost there.
 */
export function syslogAnchor(to: { host: string; port: number; protocol: 'tcp' | 'udp' }): HeadAnchor {
  const { host, port, protocol } = to;
  return {
    name: `syslog ${protocol}://${host}:${port}`,
    outside: true,
    write: async (head) => {
      const message = Buffer.from(syslogMessage(head));
      if (protocol === 'tcp') await sendOverTcp(to, message);
      else await sendOverUdp(to, message);
    },
  };
}

function syslogMessage(head: AuditHead): string {
  const app = `plumbline ${process.pid} audit-head -`;
  return `<${PRIORITY}>1 ${new Date(head.at).toISOString()} ${hostname()} ${app} ${headLine(head)}`;
}

async function sendOverTcp({ host, port }: { host: string; port: number }, message: Buffer): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const socket = connect({ host, port, signal });
  try {
    await once(socket, 'connect', { signal });
    const closed = once(socket, 'close', { signal });
    // Nobody answers: that the other side has taken the end is all there is to know.
    socket.end(Buffer.concat([Buffer.from(`${message.length} `), message]));
    socket.resume();
    await closed;
  } finally {
    socket.destroy();
  }
}

async function sendOverUdp({ host, port }: { host: string; port: number }, message: Buffer): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) =>
      socket.send(message, port, host, (error) => (error ? reject(error) : resolve())),
    );
  } finally {
    socket.close();
  }
}
