import { exec } from '../../util/exec.ts';

/**
 * The email address under which the user of this machine commits, by their own Git settings, so that nobody approves their
 * own change where the local user is the only one. Empty when Git, or a setting, is missing.
 */
export async function localAliases(options: {
  cwd: string;
  env: Readonly<Record<string, string>>;
}): Promise<string[]> {
  const answer = await exec('git', ['config', '--get', 'user.email'], {
    ...options,
    timeoutMs: 10_000,
    reject: false,
  }).catch(() => null);
  const email = answer?.exitCode === 0 ? answer.stdout.trim() : '';
  return email === '' ? [] : [email];
}
