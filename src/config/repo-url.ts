import { resolve } from 'node:path';
import type { Checked } from './problem.ts';

/** A repository's URL without credentials, and the credentials (`user:token`) that stood in it. */
export interface RepoUrl {
  url: string;
  credentials: string | null;
  transport: 'https' | 'http' | 'ssh' | 'local';
}

const SCP_LIKE = /^(?:([^@/:\s]+)@)?(\[[0-9A-Fa-f:]+\]|[^:/@\s]+):(?!\/\/)(.+)$/;

/**
 * Reads a repository's URL as git would, and refuses what could run a program or read this machine: remote helpers
 * (`ext::…`), anything that could be taken for an option, and local paths unless they are allowed.
 * Local paths come back absolute (against `cwd`).
 */
export function checkRepoUrl(text: string, options: { allowLocal: boolean; cwd: string }): Checked<RepoUrl> {
  if (text === '') return refuse('the URL is empty');
  if (/^[A-Za-z0-9+.-]+::/.test(text)) {
    return refuse('remote helpers such as ext:: can run programs and are refused', 'use https:// or ssh://');
  }
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  if (/[\u0000-\u0020\u007f]/.test(text)) return refuse('the URL holds a space or a control character');
  if (text.startsWith('-')) return refuse('the URL could be read as an option (leading -)');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'https' || scheme === 'http' || scheme === 'ssh') return checkRemote(text, scheme);
  if (scheme !== undefined && scheme !== 'file') {
    return refuse(`${scheme}:// is not supported`, 'use https:// or ssh://');
  }
  const scp = scheme === undefined && !/^[./~]/.test(text) ? SCP_LIKE.exec(text) : null;
  if (scp) return checkScp(text, scp);
  return checkLocal(text, scheme === 'file', options);
}

/**
 * Where a URL leads, whatever the transport and log-in: `host/path` without `.git`, a local one its path. For comparing only: it
 * is no URL any more.
 */
export function repositoryPlace(text: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
  const scp = scheme || /^[./~]/.test(text) ? null : SCP_LIKE.exec(text);
  const url = !scp && URL.canParse(text) ? new URL(text) : undefined;
  const [host, path] = scp ? [scp[2]!, scp[3]!] : url ? [url.hostname, url.pathname] : ['', text];
  const plain = path.replace(/\/+$/, '').replace(/\.git$/, '');
  return host === '' ? plain : `${host.toLowerCase()}/${plain.replace(/^\/+/, '')}`;
}

function checkRemote(text: string, scheme: 'https' | 'http' | 'ssh'): Checked<RepoUrl> {
  if (!URL.canParse(text))
    return refuse('this is not a URL', 'for example https://host/organisation/repository.git');
  const url = new URL(text);
  if (url.hostname === '') return refuse('the URL has no host');
  if (url.search !== '' || url.hash !== '') {
    return refuse('the URL has a query or a fragment', 'leave out what follows ? or #');
  }
  if (url.hostname.startsWith('-') || url.username.startsWith('-') || /^\/+-/.test(url.pathname)) {
    return refuse('a part of the URL could be read as an option (leading -)');
  }
  if (url.pathname.length < 2) return refuse('the URL names no repository');
  const user = decode(url.username);
  const password = decode(url.password);
  if (user === null || password === null)
    return refuse('the user or the token in the URL is not percent-encoded rightly');
  if (scheme === 'ssh') {
    if (password !== '')
      return refuse('a password in an ssh:// URL is never used', 'use a key: git.type ssh');
    return { ok: true, value: { url: text, credentials: null, transport: 'ssh' } };
  }
  url.username = '';
  url.password = '';
  const credentials = user === '' && password === '' ? null : `${user}:${password}`;
  // Without credentials the URL stays as it was written.
  return { ok: true, value: { url: credentials === null ? text : url.href, credentials, transport: scheme } };
}

function checkScp(text: string, [, user, host, path]: RegExpExecArray): Checked<RepoUrl> {
  if ([user, host, path].some((part) => part?.startsWith('-'))) {
    return refuse('a part of the URL could be read as an option (leading -)');
  }
  if (user === undefined && path?.includes('@')) {
    return refuse('a password in host:path form is never used', 'use a key: git.type ssh');
  }
  return { ok: true, value: { url: text, credentials: null, transport: 'ssh' } };
}

function checkLocal(
  text: string,
  isUrl: boolean,
  options: { allowLocal: boolean; cwd: string },
): Checked<RepoUrl> {
  if (!options.allowLocal) {
    return refuse(
      isUrl ? 'file:// URLs are refused' : 'this is a local path, and these are refused',
      'set git.allow_local: true at the top of the config to allow local repositories',
    );
  }
  if (text.startsWith('~')) return refuse('~ is not expanded', 'write the whole path');
  return {
    ok: true,
    value: { url: isUrl ? text : resolve(options.cwd, text), credentials: null, transport: 'local' },
  };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function refuse(message: string, suggestion?: string): Checked<RepoUrl> {
  return { ok: false, message, ...(suggestion === undefined ? {} : { suggestion }) };
}
