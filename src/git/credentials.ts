import { access, constants } from 'node:fs/promises';
import { entryName } from '../domain/repo-name.ts';
import { PlumblineError } from '../util/errors.ts';
import type { GitContext, Source } from './git-context.ts';
import type { GitConfigPairs } from './git-environment.ts';
import { shownUrl } from './repo-url.ts';
import { ambientSshCommand, keySshCommand } from './ssh-command.ts';

/** How one command gets into its host. */
export interface GitAccess {
  env: Record<string, string>;
  config: GitConfigPairs;
  /** To be called when the host refused: what was cached is fetched anew next time. */
  forget: () => void;
}

/**
 * The credential helper that hands over a token. It is a line of shell that git itself runs, and reads everything from
 * the environment. Why so:
 * - the token is never an argument of a program (as in a URL or `-c http.extraHeader`), and in no file;
 * - git tells a helper protocol and host apart from each other, so the comparison is exact, where an askpass program
 *   would have to take apart a sentence, and a header would be sent wherever a redirect or a submodule leads;
 * - `store` and `erase` do nothing, and the list of helpers is emptied first: no helper of the machine gets to keep it.
 * printf is part of the shell: it does not show in a list of processes.
 */
const HELPER =
  '!f() { test "$1" = get || exit 0; p=; h=; ' +
  'while IFS= read -r l && test -n "$l"; do case "$l" in protocol=*) p=${l#protocol=};; host=*) h=${l#host=};; esac; done; ' +
  'test "$p://$h" = "$PLUMBLINE_GIT_ORIGIN" || exit 0; ' +
  'printf "username=%s\\npassword=%s\\n" "$PLUMBLINE_GIT_USERNAME" "$PLUMBLINE_GIT_PASSWORD"; }; f';

/**
 * Finds the credentials for a source, by its repo's `git` settings. A submodule on another host than its repo gets no
 * token. Every secret is known to the redactor before it is used.
 * @throws PlumblineError `secret_missing` (naming the variable or file), `auth_failed` or `git_failed` from GitHub's API,
 *   `git_url_refused` when the URL can't be used with the configured way of authentication
 */
export async function authorise(
  context: GitContext,
  source: Source,
  options: { signal?: AbortSignal | undefined; writes: boolean },
): Promise<GitAccess> {
  const { repo, remote } = source;
  if (remote.kind === 'local') return nothing();
  if (remote.kind === 'ssh') return await sshAccess(context, source, options.signal);
  const login = await httpLogin(context, source, options);
  if (login === null) return nothing();
  context.redactor.add(login.password);
  if (/[\r\n\0]/.test(login.username + login.password)) {
    throw new PlumblineError(
      'secret_missing',
      `The credentials of repository ${repo.name} hold a line break.`,
    );
  }
  const origin = `${remote.protocol}://${remote.host}`;
  return {
    env: {
      PLUMBLINE_GIT_ORIGIN: origin,
      PLUMBLINE_GIT_USERNAME: login.username,
      PLUMBLINE_GIT_PASSWORD: login.password,
    },
    config: [
      ['credential.helper', ''],
      [`credential.${origin}.helper`, ''],
      [`credential.${origin}.helper`, HELPER],
      ['credential.useHttpPath', 'false'],
      [`credential.${origin}.useHttpPath`, 'false'],
    ],
    forget: login.forget,
  };
}

interface HttpLogin {
  username: string;
  password: string;
  forget: () => void;
}

/** null: none of ours; the machine's own helpers may know one. */
async function httpLogin(
  context: GitContext,
  source: Source,
  { signal, writes }: { signal?: AbortSignal | undefined; writes: boolean },
): Promise<HttpLogin | null> {
  const { repo, remote } = source;
  if (!isSameHost(source)) return null;
  const auth = repo.git;
  if (auth.type === 'https') {
    const token = context.secrets.env(auth.tokenEnv)?.trim();
    if (token === undefined || token === '') {
      throw new PlumblineError(
        'secret_missing',
        `The environment variable ${auth.tokenEnv} is not set. It must hold the token of repository ${repo.name} where this worker runs.`,
        { details: { variable: auth.tokenEnv } },
      );
    }
    return { username: auth.username, password: token, forget: () => undefined };
  }
  if (auth.type === 'github_app') {
    const token = await context.githubTokens.token(auth, { signal, writes });
    return { username: 'x-access-token', password: token, forget: () => context.githubTokens.forget(auth) };
  }
  const inUrl = context.secrets.urlCredentials[entryName(repo.name)];
  if (auth.type === 'ambient' && inUrl !== undefined) {
    const colon = inUrl.indexOf(':');
    const username = colon < 0 ? inUrl : inUrl.slice(0, colon);
    // A token may stand alone, as the user's name.
    context.redactor.add(colon < 0 || colon === inUrl.length - 1 ? username : inUrl.slice(colon + 1));
    return { username, password: colon < 0 ? '' : inUrl.slice(colon + 1), forget: () => undefined };
  }
  context.log.debug(
    { repo: repo.name, url: shownUrl(remote.url) },
    'no credentials of the configuration are used',
  );
  return null;
}

/** Whether a source is on the host that its repo's credentials are for. */
function isSameHost({ repo, remote }: Source): boolean {
  return (
    remote.kind === 'http' && repo.url.startsWith(`${remote.protocol}://`) && hostOf(repo.url) === remote.host
  );
}

function hostOf(url: string): string {
  return (
    shownUrl(url)
      .replace(/^[a-z]+:\/\//i, '')
      .split(/[/?#]/, 1)[0] ?? ''
  );
}

async function sshAccess(
  context: GitContext,
  { repo, remote }: Source,
  signal?: AbortSignal,
): Promise<GitAccess> {
  const auth = repo.git;
  if (auth.type === 'ssh') {
    await mustRead(auth.keyPath, `the SSH key of repository ${repo.name}`);
    if (auth.knownHostsPath !== null)
      await mustRead(auth.knownHostsPath, `the known_hosts file of repository ${repo.name}`);
    return { ...nothing(), env: { GIT_SSH_COMMAND: keySshCommand(auth), GIT_SSH_VARIANT: 'ssh' } };
  }
  if (auth.type !== 'ambient' && remote.url === repo.url) {
    const type = auth.type;
    throw new PlumblineError(
      'git_url_refused',
      `Repository ${repo.name} has "git: {type: ${type}}", whose token can't be used with the SSH URL ${shownUrl(remote.url)}. Use its https URL, or type ssh.`,
    );
  }
  return { ...nothing(), env: await ambientSshCommand(context, signal) };
}

async function mustRead(path: string, what: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new PlumblineError('secret_missing', `The file ${path} can't be read. It must hold ${what}.`, {
      cause,
      details: { path },
    });
  }
}

function nothing(): GitAccess {
  return { env: {}, config: [], forget: () => undefined };
}
