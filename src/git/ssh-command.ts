import { basename } from 'node:path';
import { exec } from '../util/exec.ts';
import type { GitContext } from './git-context.ts';
import { networkEnvironment } from './git-environment.ts';

/** Never a prompt, never a process that stays (a shared connection), and a silent host is noticed. */
const OPTIONS = [
  'BatchMode=yes',
  'ConnectTimeout=30',
  'ServerAliveInterval=15',
  'ServerAliveCountMax=4',
  'ControlMaster=no',
  'ControlPath=none',
  'ControlPersist=no',
  'ClearAllForwardings=yes',
];

/**
 * The ssh command for `git: {type: ssh}`: that key alone, and only hosts whose key is in known_hosts (the given file, else
 * the user's own). The user's ~/.ssh/config is read, since jump hosts and ports live there; what is said here wins.
 */
export function keySshCommand(auth: { keyPath: string; knownHostsPath: string | null }): string {
  const options = [
    ...OPTIONS,
    `IdentityFile=${sshValue(auth.keyPath)}`,
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'PermitLocalCommand=no',
  ];
  if (auth.knownHostsPath !== null) {
    options.push(`UserKnownHostsFile=${sshValue(auth.knownHostsPath)}`, 'GlobalKnownHostsFile=/dev/null');
  }
  return ['ssh', ...options.map((option) => `-o ${quote(option)}`)].join(' ');
}

/**
 * The machine's own ssh command (GIT_SSH_COMMAND, core.sshCommand, or ssh), kept from prompting. A program that isn't
 * OpenSSH is left as it is: it has no terminal to prompt on.
 */
export async function ambientSshCommand(
  context: GitContext,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const { baseEnv } = context;
  if (baseEnv.GIT_SSH_COMMAND === undefined && baseEnv.GIT_SSH !== undefined) return {};
  const own = baseEnv.GIT_SSH_COMMAND ?? (await configuredSshCommand(context, signal)) ?? 'ssh';
  const program = /^\s*(?:'([^']*)'|"([^"]*)"|(\S+))/.exec(own);
  const name = basename(program?.[1] ?? program?.[2] ?? program?.[3] ?? '');
  if (!/^ssh(?:\.exe)?$/.test(name)) return { GIT_SSH_COMMAND: own };
  return { GIT_SSH_COMMAND: [own, ...OPTIONS.map((option) => `-o ${quote(option)}`)].join(' ') };
}

async function configuredSshCommand(context: GitContext, signal?: AbortSignal): Promise<string | undefined> {
  const env = networkEnvironment(context.baseEnv, { allowLocal: false, env: {}, config: [] });
  const result = await exec(context.program, ['config', '--get', 'core.sshCommand'], {
    cwd: context.rootDir,
    env,
    signal,
    timeoutMs: context.limits.networkTimeoutMs,
    reject: false,
  });
  return result.stdout.trim() || undefined;
}

/** ssh splits values at spaces unless quoted, and expands `%` and `~`. */
function sshValue(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
