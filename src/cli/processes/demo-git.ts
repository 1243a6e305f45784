import { exec } from '../../util/exec.ts';
import { baseEnv } from '../../util/exec-env.ts';
import type { Io } from '../io.ts';

const TIMEOUT_MS = 5 * 60_000;

/** Runs git in a folder, as the demonstration's own author. */
export function gitIn(cwd: string, io: Pick<Io, 'env'>, signal: AbortSignal) {
  const identity = [
    '-c',
    'user.name=Plumbline demo',
    '-c',
    'user.email=demo@plumbline.invalid',
    '-c',
    'commit.gpgsign=false',
  ];
  return async (...args: string[]): Promise<void> => {
    await exec('git', [...identity, ...args], {
      cwd,
      env: baseEnv(io.env),
      signal,
      timeoutMs: TIMEOUT_MS,
    });
  };
}
