import { resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlumblineError } from '../util/errors.ts';

/** A repository's address, understood far enough to know what may be sent there. */
export type RemoteUrl =
  | { kind: 'http'; url: string; protocol: 'http' | 'https'; /** With the port, as written. */ host: string }
  | { kind: 'ssh'; url: string; host: string }
  | { kind: 'local'; url: string; path: string };

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s;
/** `helper::address`: runs a program of that name (`ext::` runs any command at all). */
const REMOTE_HELPER = /^[A-Za-z0-9][A-Za-z0-9+.-]*::/;
const SCP = /^(?:([^@/:]+)@)?(\[[0-9A-Fa-f:.]+\]|[^/:[\]]+):(.*)$/s;
const HOST = /^(?!-)[A-Za-z0-9._-]+$|^\[[0-9A-Fa-f:.]+\]$/;
const PORT = /^\d{1,5}$/;
const USER = /^(?!-)[A-Za-z0-9._~+%-]*$/;

/**
 * Reads a repository's URL: `https`, `http`, `ssh` and `user@host:path`; `file` URLs and local paths only with
 * `allowLocal`. The URL that is given on holds no password.
 * @throws PlumblineError `git_url_refused` for everything else: remote helpers such as `ext::`, options in disguise
 *   (a URL, host or path that starts with `-`), control characters, and passwords, which would reach argv
 */
export function parseRepoUrl(url: string, options: { allowLocal: boolean }): RemoteUrl {
  if (url === '') throw refused(url, 'it is empty');
  if (url.startsWith('-')) throw refused(url, 'it starts with "-" and would be read as an option');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(url)) throw refused(url, 'it holds control characters');
  if (REMOTE_HELPER.test(url)) throw refused(url, `"${url.split('::', 1)[0]}::" runs a program of that name`);
  const scheme = SCHEME.exec(url);
  if (scheme) return parseSchemeUrl(url, scheme[1]!.toLowerCase(), scheme[2]!, options);
  const scp = SCP.exec(url);
  if (scp) {
    checkParts(url, scp[1] ?? '', scp[2]!, scp[3]!);
    return { kind: 'ssh', url, host: scp[2]! };
  }
  return localUrl(url, url, options);
}

function parseSchemeUrl(
  url: string,
  scheme: string,
  rest: string,
  options: { allowLocal: boolean },
): RemoteUrl {
  if (scheme === 'file') return localUrl(url, pathOfFileUrl(url), options);
  const kinds = { http: 'http', https: 'http', ssh: 'ssh' } as const;
  if (!(scheme in kinds)) throw refused(url, `"${scheme}" is not one of https, http and ssh`);
  const kind = kinds[scheme as keyof typeof kinds];
  const slash = rest.search(/[/?#]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : authority.slice(0, at);
  const host = authority.slice(at + 1);
  if (user.includes(':')) {
    throw refused(
      url,
      'it holds a password; name an environment variable with the token under "git:" instead',
    );
  }
  checkParts(url, user, host, slash < 0 ? '' : rest.slice(slash));
  return kind === 'http' ? { kind, url, protocol: scheme as 'http' | 'https', host } : { kind, url, host };
}

function checkParts(url: string, user: string, hostAndPort: string, path: string): void {
  const [, host = hostAndPort, port] = /^(.*?)(?::(\d*))?$/s.exec(hostAndPort) ?? [];
  if (!HOST.test(host)) throw refused(url, 'its host is not a plain host name or address');
  if (port !== undefined && port !== '' && !PORT.test(port)) throw refused(url, 'its port is not a number');
  if (!USER.test(user)) throw refused(url, 'its user name holds characters that are not safe');
  if (path.startsWith('-')) throw refused(url, 'its path starts with "-" and would be read as an option');
}

function localUrl(url: string, path: string, options: { allowLocal: boolean }): RemoteUrl {
  if (!options.allowLocal) {
    throw refused(
      url,
      'local paths and file URLs are only read with "git: {allow_local: true}" in the config',
    );
  }
  const absolute = resolvePath(path);
  return { kind: 'local', url: absolute, path: absolute };
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw refused(url, 'it is not a file URL of this machine', error);
  }
}

/** The URL as people may see it: without user and password. */
export function shownUrl(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/?#]*@/s, '$1');
}

/**
 * The absolute URL of a submodule whose URL is relative (`../modules.git`), by Git's own rule: relative to the
 * repository's URL. Others are given back as they are.
 */
export function resolveSubmoduleUrl(parent: RemoteUrl, url: string): string {
  if (!url.startsWith('./') && !url.startsWith('../')) return url;
  let base = parent.url.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) {
      rest = rest.slice(2);
    } else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const cut = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'));
      const shortest = base.indexOf('://') < 0 ? 0 : base.indexOf('://') + 3;
      if (cut < shortest) throw refused(url, `it leads out of ${shownUrl(parent.url)}`);
      base = base.slice(0, base[cut] === ':' ? cut + 1 : cut);
    } else {
      return base.endsWith(':') ? `${base}${rest}` : `${base}/${rest}`;
    }
  }
}

function refused(url: string, why: string, cause?: unknown): PlumblineError {
  const shown = JSON.stringify(shownUrl(url));
  return new PlumblineError('git_url_refused', `The repository URL ${shown} is refused: ${why}.`, { cause });
}
