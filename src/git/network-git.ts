import { PlumblineError, errorCode } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import { authorise } from './credentials.ts';
import { type GitCallOptions, type GitContext, type Source } from './git-context.ts';
import { networkEnvironment } from './git-environment.ts';
import { classifyGitFailure } from './git-failure.ts';
import { cancelled } from './local-git.ts';
import { shownUrl } from './repo-url.ts';

/** Of what a host tells (branches, tags): a repository with 100,000 of them needs about 10 MB. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What git says about how far it is. */
const PROGRESS = /^(?:remote: )?(?:Enumerating|Counting|Compressing|Receiving|Resolving|Updating)[^:]*: +/;

/**
 * Runs git against a source's host: never prompts, is stopped at the time limit and when cancelled, with all that it
 * started. The credentials go by environment, see credentials.ts.
 * @param args with the URL already in its place; never a secret
 * @param cwd an existing folder; for commands on a repository, the repository
 * @throws PlumblineError as classifyGitFailure says, `cancelled`, and what finding the credentials throws
 */
export async function networkGit(
  context: GitContext,
  source: Source,
  cwd: string,
  args: readonly string[],
  options: GitCallOptions & {
    onLine?: (line: string) => void;
    /** Whether something is pushed: GitHub Apps need another token for that. */
    writes?: boolean;
  },
): Promise<string> {
  const { signal, onProgress, writes = false } = options;
  const access = await authorise(context, source, { signal, writes });
  const env = networkEnvironment(context.baseEnv, { allowLocal: context.allowLocal, ...access });
  try {
    const result = await exec(context.program, args, {
      cwd,
      env,
      signal,
      timeoutMs: context.limits.networkTimeoutMs,
      graceMs: context.limits.graceMs,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      redact: (text) => context.redactor.redact(text),
      onLine: (line, stream) => {
        if (stream === 'stdout') options.onLine?.(line);
        else if (PROGRESS.test(line)) onProgress?.(line.trim());
      },
    });
    if (result.truncated) {
      throw new PlumblineError(
        'git_failed',
        `${shownUrl(source.remote.url)} has more branches and tags than can be read.`,
      );
    }
    return result.stdout;
  } catch (error) {
    if (signal?.aborted === true) throw cancelled(signal);
    const failure = classifyGitFailure(error, source.remote, writes);
    if (errorCode(failure) === 'auth_failed') access.forget();
    throw failure;
  }
}
