import { PlumblineError } from '../../util/errors.ts';
import { exec } from '../../util/exec.ts';
import type { GitContext } from '../git-context.ts';
import { localEnvironment, type GitConfigPairs } from '../git-environment.ts';
import { cancelled } from '../local-git.ts';

/** More than that is not read: the paths of a commit with a million files. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** What one command gets beside its arguments. */
export interface RepoGitCall {
  /** Written to stdin. */
  input?: string;
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures; 0 alone when not given. */
  answers?: readonly number[];
}

/** Runs git in one of our repositories. The output is as git wrote it: it may hold content of the repository. */
export type RepoGit = (
  args: readonly string[],
  call?: RepoGitCall,
) => Promise<{ exitCode: number; stdout: string }>;

/**
 * git in one of our own repositories, for what needs stdin, an environment of its own or an answer by exit code: no network,
 * no configuration of the machine, no replaced objects. For everything else there is localGit.
 * What is returned throws PlumblineError `git_failed`, `cancelled`.
 * @param options.objects object folders of other repositories that may be read, too
 */
export function repoGit(
  context: GitContext,
  folder: string,
  options: {
    signal?: AbortSignal | undefined;
    objects?: readonly string[];
    config?: GitConfigPairs;
    env?: Readonly<Record<string, string>>;
  } = {},
): RepoGit {
  const { signal, objects = [] } = options;
  const env = {
    ...localEnvironment(context.baseEnv, options.config),
    GIT_DIR: folder,
    // Somebody else's object in the place of a commit would be trusted by its name.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LITERAL_PATHSPECS: '1',
    ...(objects.length === 0 ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: objects.join(':') }),
    ...options.env,
  };
  return async (args, call = {}) => {
    try {
      const result = await exec(context.program, args, {
        cwd: folder,
        env: { ...env, ...call.env },
        signal,
        timeoutMs: context.limits.networkTimeoutMs,
        graceMs: context.limits.graceMs,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        input: call.input,
        reject: false,
      });
      if (!(call.answers ?? [0]).includes(result.exitCode))
        throw failed(context, args, folder, result.stderr);
      if (result.truncated) throw failed(context, args, folder, 'its answer is too long');
      return result;
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(signal);
      throw error;
    }
  };
}

function failed(
  context: GitContext,
  args: readonly string[],
  folder: string,
  stderr: string,
): PlumblineError {
  const text = context.redactor.redact(stderr.trim().slice(-2000));
  return new PlumblineError(
    'git_failed',
    `git ${args[0]} failed in ${folder}: ${text || 'no reason was given'}`,
    {
      retryable: true,
      details: { folder, stderr: text },
    },
  );
}
