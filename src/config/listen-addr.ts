import type { Checked } from './problem.ts';

/**
 * Host and port of an address in Go's form. Without a host (`:8080`) it is every IPv4 address of the machine;
 * port 0 is any free port.
 */
export function parseListenAddr(text: string): Checked<{ host: string; port: number }> {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]\s/]*):(\d{1,5})$/.exec(text);
  if (!match) {
    const port = /^\d{1,5}$/.test(text) ? `:${text}` : ':8080';
    return {
      ok: false,
      message: `"${text}" is not an address`,
      suggestion: `write "${port}", or host:port such as "127.0.0.1:8080" or "[::1]:8080"`,
    };
  }
  const port = Number(match[2]);
  if (port > 65_535) return { ok: false, message: `${port} is not a port`, suggestion: 'use 0 to 65535' };
  const host = match[1]!.replace(/^\[|\]$/g, '');
  return { ok: true, value: { host: host === '' ? '0.0.0.0' : host, port } };
}
