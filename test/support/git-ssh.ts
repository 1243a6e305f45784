import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../src/util/free-port.ts';

const run = promisify(execFile);
const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd', '/opt/homebrew/sbin/sshd'];

export interface SshServer {
  port: number;
  /** `ssh://user@127.0.0.1:port/path`. */
  url(path: string): string;
  /** The key that may log in. */
  keyPath: string;
  /** A key that may not. */
  strangerKeyPath: string;
  /** The host's own key, and the key of another host under the same name. */
  knownHostsPath: string;
  wrongKnownHostsPath: string;
  close(): Promise<void>;
}

/** The path of sshd. @throws Error that says how to get it, when there is none */
export function findSshd(): string {
  const sshd = SSHD.find((path) => existsSync(path));
  if (sshd !== undefined) return sshd;
  throw new Error(
    'The SSH tests need a real OpenSSH server and found no sshd. Install it: apt-get install openssh-server',
  );
}

/**
 * A real OpenSSH server of this user's on a free port of 127.0.0.1, which lets one key in.
 * @throws when there is no sshd on this machine, saying how to get it
 */
export async function startSshServer(): Promise<SshServer> {
  const sshd = findSshd();
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-sshd-'));
  const key = async (name: string) => {
    const path = join(dir, name);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
    return { path, pub: (await readFile(`${path}.pub`, 'utf8')).trim() };
  };
  const [host, otherHost, client, stranger] = await Promise.all(
    ['host', 'other host', 'client key', 'stranger'].map(key),
  );
  const port = await freePort();
  await writeFile(join(dir, 'authorized_keys'), `${client!.pub}\n`, { mode: 0o600 });
  const knownHosts = async (name: string, pub: string) => {
    const path = join(dir, name);
    await writeFile(path, `[127.0.0.1]:${port} ${pub}\n`);
    return path;
  };
  await writeFile(
    join(dir, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${host!.path}`,
      `PidFile ${join(dir, 'pid')}`,
      `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
      'PubkeyAuthentication yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
    ].join('\n'),
  );
  // Started by root, sshd wants its folder for a process without rights.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
  const child = spawn(sshd, ['-D', '-e', '-f', join(dir, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  await untilListening(port, child, () => complaints);
  await chmod(client!.path, 0o600);
  return {
    port,
    url: (path) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    keyPath: client!.path,
    strangerKeyPath: stranger!.path,
    knownHostsPath: await knownHosts('known hosts', host!.pub),
    wrongKnownHostsPath: await knownHosts('wrong_known_hosts', otherHost!.pub),
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess, complaints: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sshd ended at once: ${complaints()}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await delay(20);
  }
}
