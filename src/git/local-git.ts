import { simpleGit, type SimpleGit } from 'simple-git';
import { PlumblineError } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import type { GitContext } from './git-context.ts';
import { localEnvironment } from './git-environment.ts';

/** Runs one git command on a folder of ours and gives its output. */
export type LocalGit = (args: readonly string[]) => Promise<string>;

/**
 * git on a folder of our own: no network, no configuration of the machine. The folder must exist.
 * What is returned throws PlumblineError `git_failed`, or `cancelled` when the signal ended it.
 */
export function localGit(context: GitContext, folder: string, signal?: AbortSignal): LocalGit {
  const env = localEnvironment(context.baseEnv);
  // simple-git guards its callers against settings from outside; these are ours.
  const git: SimpleGit = simpleGit({
    baseDir: folder,
    binary: context.program,
    ...(signal === undefined ? {} : { abort: signal }),
    // By default output may be cut 50 ms after the process's end.
    completion: { onClose: true, onExit: false },
    allowEnvironment: Object.keys(env),
    unsafe: {
      allowUnsafeCustomBinary: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeConfigPaths: true,
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeAskPass: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeTemplateDir: true,
    },
  }).env(env);
  return async (args) => {
    throwIfCancelled(signal);
    try {
      return await git.raw([...args]);
    } catch (error) {
      throwIfCancelled(signal);
      const text = context.redactor.redact(error instanceof Error ? error.message : String(error));
      throw new PlumblineError(
        'git_failed',
        `git ${args[0]} failed in ${folder}: ${text.trim().slice(-2000)}`,
        {
          cause: error,
          retryable: true,
          details: { folder },
        },
      );
    }
  };
}

/**
 * Runs one git command on a folder of our own and hands on its lines as they come, however many there are.
 * @throws PlumblineError `git_failed`, `cancelled`
 */
export async function streamLocalGit(
  context: GitContext,
  folder: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
  onLine: (line: string) => void,
): Promise<void> {
  try {
    await exec(context.program, args, {
      cwd: folder,
      env: localEnvironment(context.baseEnv),
      signal,
      graceMs: context.limits.graceMs,
      redact: (text) => context.redactor.redact(text),
      maxOutputBytes: 64 * 1024,
      onLine: (line, stream) => {
        if (stream === 'stdout') onLine(line);
      },
    });
  } catch (error) {
    throwIfCancelled(signal);
    const message = error instanceof Error ? error.message : String(error);
    throw new PlumblineError('git_failed', message, { cause: error, retryable: true, details: { folder } });
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(signal);
}

/** What is thrown when the caller's signal ended the work. */
export function cancelled(signal: AbortSignal): PlumblineError {
  return new PlumblineError('cancelled', 'The work on the Git repository was cancelled.', {
    cause: signal.reason,
  });
}
