import { isIP } from 'node:net';
import type { PeerUser } from './peer-user.ts';

/** What of a request says where it came from. */
export interface RequestOrigin {
  method: string;
  /** The address of the socket: never what a header claims. */
  remoteAddress: string | undefined;
  /** Whose program sent it, as far as this machine knows. */
  peer: PeerUser;
  headers: Record<string, string | string[] | undefined>;
}

/** Why a request may not change anything. */
export interface Refusal {
  code: 'remote_change_refused' | 'cross_site_refused' | 'host_refused';
  message: string;
}

/** Headers by which a proxy says that it speaks for somebody else. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Whether a request can change something. */
export function changesSomething(method: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/**
 * Refuses changes from other machines and other users, for an API that nobody has configured access to: only the loopback
 * interface counts, a program of the user who runs this one where the system tells (a proxy mostly runs as somebody else), nobody's
 * forwarding, and a local host name, because a foreign name can be made to point here.
 */
export function refuseRemoteChange(origin: RequestOrigin): Refusal | undefined {
  if (!changesSomething(origin.method) || isLocalUser(origin)) return undefined;
  return {
    code: 'remote_change_refused',
    message:
      'Nobody has said who may use this API, so changes are taken from this machine only, from the user who runs it; ' +
      'set auth.tokens in the config, or auth: none to open it to everyone',
  };
}

/** Whether a request was made by the own user on this machine, to a local name, and by nobody's forwarding. */
export function isLocalUser(origin: RequestOrigin): boolean {
  const forwarded = PROXY_HEADERS.some((name) => origin.headers[name] !== undefined);
  const host = hostName(single(origin.headers.host));
  return isLoopback(origin.remoteAddress) && origin.peer !== 'other' && !forwarded && isLocalName(host);
}

/** Refuses changes that a page of another site makes a visitor's browser send. */
export function refuseCrossSite(origin: RequestOrigin): Refusal | undefined {
  if (!changesSomething(origin.method)) return undefined;
  const site = single(origin.headers['sec-fetch-site']);
  const foreign =
    site === undefined
      ? isForeign(single(origin.headers.origin), single(origin.headers.host))
      : site !== 'same-origin' && site !== 'none';
  if (!foreign) return undefined;
  return { code: 'cross_site_refused', message: 'Pages of other sites may not change anything here' };
}

/**
 * Refuses changes that a browser sends to a name which is not known as this server's: a page can make its own name point here,
 * and then passes for one of ours (DNS rebinding). It can't do so with an address, nor with a name without a dot.
 * @param names those that the config says, lower case
 */
export function refuseRebound(origin: RequestOrigin, names: readonly string[]): Refusal | undefined {
  if (!changesSomething(origin.method)) return undefined;
  const { headers } = origin;
  if (headers['origin'] === undefined && headers['sec-fetch-site'] === undefined) return undefined;
  const host = hostName(single(headers.host)) ?? '';
  if (isIP(host) !== 0 || !host.includes('.') || isLocalName(host) || names.includes(host)) return undefined;
  return {
    code: 'host_refused',
    message: `${host} is no name that this server knows as its own; list it under public_names in the config`,
  };
}

/** Whether an address is this machine's loopback interface. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:/i, '');
  return isIP(plain) === 4 ? plain.startsWith('127.') : plain === '::1';
}

function isLocalName(host: string | undefined): boolean {
  if (host === undefined) return false;
  return host === 'localhost' || host.endsWith('.localhost') || isLoopback(host);
}

function isForeign(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== host?.toLowerCase();
  } catch {
    return true;
  }
}

/** The name of a Host header: lower case, without port and brackets. */
function hostName(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d+$/, '')).toLowerCase();
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
