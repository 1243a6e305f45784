import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { testGitEnv, type TestFile } from './git.ts';

const run = promisify(execFile);

/** Somebody who commits. */
export interface TestPerson {
  name: string;
  email: string;
}

/** `Alice`, `alice@example.com`. */
export function aPerson(name: string): TestPerson {
  return { name, email: `${name.toLowerCase()}@example.com` };
}

export interface WorkCommit {
  author?: TestPerson;
  committer?: TestPerson;
  message?: string;
  /** Paths that are made executable. */
  executable?: string[];
  /** SSH private key that signs the commit. */
  sshKey?: string;
}

/** A clone of a test's repository in which several people work. */
export interface WorkClone {
  path: string;
  git(...args: string[]): Promise<string>;
  /** Writes (null removes) and commits; gives the SHA. */
  commit(files: Record<string, TestFile | null>, options?: WorkCommit): Promise<string>;
  /** To `main`. */
  push(...args: string[]): Promise<void>;
  remove(): Promise<void>;
}

/** A work tree of its own on `main` of a bare repository. */
export async function createWorkClone(bare: string): Promise<WorkClone> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-clone-'));
  const path = join(root, 'work');
  const call = async (args: readonly string[], env: Record<string, string> = {}) =>
    (await run('git', [...args], { cwd: path, env: { ...testGitEnv(root), ...env }, encoding: 'utf8' }))
      .stdout;
  await mkdir(path);
  await call(['init', '--quiet', '--initial-branch=main']);
  await call(['remote', 'add', 'origin', bare]);
  await call(['pull', '--quiet', 'origin', 'main']).catch(() => undefined);
  return {
    path,
    git: async (...args) => (await call(args)).trim(),
    commit: async (files, options = {}) => {
      for (const [name, content] of Object.entries(files)) await write(join(path, name), content);
      for (const name of options.executable ?? []) await chmod(join(path, name), 0o755);
      const { author = aPerson('Test'), committer = author, message = 'change', sshKey } = options;
      await call(['add', '--all', '--force']);
      const signing =
        sshKey === undefined
          ? []
          : ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${sshKey}`, '-c', 'commit.gpgSign=true'];
      await call([...signing, 'commit', '--quiet', '--allow-empty', '--cleanup=verbatim', '-m', message], {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.email,
      });
      return (await call(['rev-parse', 'HEAD'])).trim();
    },
    push: async (...args) => {
      await call(['push', '--quiet', ...args, 'origin', 'HEAD:refs/heads/main']);
    },
    remove: async () => await rm(root, { recursive: true, force: true }),
  };
}

async function write(target: string, content: TestFile | null): Promise<void> {
  await rm(target, { force: true, recursive: true });
  if (content === null) return;
  await mkdir(dirname(target), { recursive: true });
  if (typeof content === 'string' || Buffer.isBuffer(content)) await writeFile(target, content);
  else await symlink(content.link, target);
}

/** A new SSH key without a passphrase: the path of its private half, and the line of its public half. */
export async function createSshKey(
  folder: string,
  name: string,
): Promise<{ path: string; publicKey: string }> {
  const path = join(folder, name);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  const { stdout } = await run('ssh-keygen', ['-y', '-f', path]);
  return { path, publicKey: stdout.trim() };
}
