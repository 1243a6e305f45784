import { exec } from '../../util/exec.ts';

/**
 * The email address under which the user of this machine commits, by their own Git settings, so that nobody approves their
 * own change where the local user is the only one. Empty when Git, or a setting, is missing.
 */
export async function localAliases(options: {
  /** Finds the program git. */
  program: () => Promise<string>;
  cwd: string;
  env: Readonly<Record<string, string>>;
}): Promise<string[]> {
  const { program, ...call } = options;
  const email = await program()
    .then((git) => exec(git, ['config', '--get', 'user.email'], { ...call, timeoutMs: 10_000 }))
    .then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
  return email === '' ? [] : [email];
}
