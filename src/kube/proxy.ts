import { isIP } from 'node:net';
import { ipRanges, isIpRange } from '../util/ip-ranges.ts';

/**
 * The proxy that the environment names for a server, null for none: by the rules of Go's programs, kubectl among them
 * (https://pkg.go.dev/golang.org/x/net/http/httpproxy). Lower case counts as well as upper case. What is on this machine is
 * never asked through a proxy.
 */
export function proxyOf(server: string, env: Readonly<Record<string, string>>): string | null {
  const { protocol, hostname, port } = new URL(server);
  const named = (name: string) => env[name] || env[name.toLowerCase()] || '';
  const proxy = named(protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY');
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const usual = protocol === 'http:' ? '80' : '443';
  if (proxy === '' || isOwn(host) || isExcepted(host, port || usual, named('NO_PROXY'))) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

const LOOPBACK = ipRanges(['127.0.0.0/8', '::1']);

function isOwn(host: string): boolean {
  return host === 'localhost' || LOOPBACK(host);
}

/** `NO_PROXY`: names (and all below them), names below `.name`, addresses, ranges, each with a port or without; `*` for all. */
function isExcepted(host: string, port: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .some((entry) => entry !== '' && excepts(entry, host, port));
}

function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (isIpRange(entry)) return ipRanges([entry])(host);
  const [, name = entry, only] = /^(.*?):(\d+)$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const plain = name.replace(/^\[|\]$/g, '');
  if (isIP(plain) !== 0) return plain === host;
  const bare = plain.replace(/^\*(?=\.)/, '');
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}
