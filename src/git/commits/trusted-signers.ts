import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import { exec } from '../../util/exec.ts';
import type { GitContext } from '../git-context.ts';
import { networkEnvironment, type GitConfigPairs } from '../git-environment.ts';

/** What `git log` needs to tell trusted signatures from others. */
export interface TrustedSigners {
  config: GitConfigPairs;
  env: Readonly<Record<string, string>>;
}

const PGP_BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;
const GPG_TIMEOUT_MS = 60_000;
const ALWAYS: GitConfigPairs = [
  ['gpg.program', 'gpg'],
  ['gpg.ssh.program', 'ssh-keygen'],
  ['gpg.ssh.revocationFile', ''],
];

/**
 * Runs `work` with the signers that are trusted: those of the file, else those that this machine's Git trusts (its
 * `gpg.ssh.allowedSignersFile`, and the GPG keys that its key ring trusts). The file may hold lines of SSH's allowed signers
 * and armoured PGP public keys; then nothing else is trusted. No repository has a say.
 * @throws PlumblineError `secret_missing` when the file can't be read, `git_failed` when its PGP keys can't be
 */
export async function withTrustedSigners<T>(
  context: GitContext,
  file: string | null,
  work: (signers: TrustedSigners) => Promise<T>,
): Promise<T> {
  if (file === null) {
    const own = (await machineSigners(context)) ?? '/dev/null';
    return await work({ config: [...ALWAYS, ['gpg.ssh.allowedSignersFile', own]], env: {} });
  }
  const text = await readSigners(file);
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-signers-'));
  try {
    const signers = join(folder, 'allowed_signers');
    await writeFile(signers, text.replaceAll(PGP_BLOCK, ''), { mode: 0o600 });
    const home = join(folder, 'gnupg');
    await mkdir(home, { mode: 0o700 });
    // The keys were chosen by name: there is no web of trust to ask.
    await writeFile(join(home, 'gpg.conf'), 'trust-model always\nno-auto-key-retrieve\nno-auto-key-import\n');
    const keys = text.match(PGP_BLOCK) ?? [];
    if (keys.length > 0) await importKeys(context, home, keys.join('\n'), file);
    return await work({
      config: [...ALWAYS, ['gpg.ssh.allowedSignersFile', signers], ['gpg.x509.program', 'false']],
      env: { GNUPGHOME: home },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readSigners(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PlumblineError(
      'secret_missing',
      `The file ${file} can't be read. It must hold the public keys whose signatures on commits are trusted.`,
      { cause, details: { path: file } },
    );
  }
}

async function importKeys(context: GitContext, home: string, keys: string, file: string): Promise<void> {
  const args = ['--batch', '--no-tty', '--quiet', '--homedir', home, '--import'];
  try {
    await exec('gpg', args, { cwd: home, env: context.baseEnv, input: keys, timeoutMs: GPG_TIMEOUT_MS });
  } catch (cause) {
    throw new PlumblineError('git_failed', `The PGP keys in ${file} can't be read by gpg.`, { cause });
  }
}

/** Only what the user or the machine configured: never a repository that this folder may lie in. */
async function machineSigners(context: GitContext): Promise<string | null> {
  const env = networkEnvironment(context.baseEnv, { allowLocal: false, env: {}, config: [] });
  for (const scope of ['--global', '--system']) {
    const args = ['config', scope, '--includes', '--type=path', '--get', 'gpg.ssh.allowedSignersFile'];
    const found = await exec(context.program, args, {
      cwd: context.rootDir,
      env,
      timeoutMs: context.limits.networkTimeoutMs,
      reject: false,
    });
    const path = found.stdout.trim();
    if (found.exitCode === 0 && path !== '') return path;
  }
  return null;
}
