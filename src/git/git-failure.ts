import { PlumblineError, errorCode } from '../util/errors.ts';
import { shownUrl, type RemoteUrl } from './repo-url.ts';

interface Rule {
  pattern: RegExp;
  code: string;
  retryable: boolean;
  message: string;
}

/** Tried in order. git and ssh tell their reasons only as text; this table is the one place that reads it (LC_ALL=C). */
const RULES: readonly Rule[] = [
  {
    pattern: /transport '[^']*' not allowed/,
    code: 'git_url_refused',
    retryable: false,
    message: 'It leads to a protocol that is not allowed',
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \w+ host key is known/,
    code: 'auth_failed',
    retryable: false,
    message: "The host's SSH key is not the one in known_hosts, or is not there",
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|Load key .*(?:invalid format|bad permissions|error in libcrypto)/,
    code: 'auth_failed',
    retryable: false,
    message: 'The SSH key file is not usable (its format, or others can read it)',
  },
  {
    pattern:
      /Authentication failed|could not read (?:Username|Password)|unable to read askpass|Permission denied \(|Permission denied, please try again|returned error: 40[13]\b|HTTP Basic: Access denied|Too many authentication failures|Invalid username or (?:password|token)/,
    code: 'auth_failed',
    retryable: false,
    message: 'The host refused the credentials, or none were given',
  },
  {
    pattern:
      /[Rr]epository .*(?:not found|does not exist)|not found: did you run|returned error: 404\b|does not appear to be a git repository|The project you were looking for could not be found/,
    code: 'repo_not_found',
    retryable: false,
    message: 'There is no such repository, or these credentials may not see it',
  },
  {
    pattern: /couldn't find remote ref/,
    code: 'commit_not_found',
    retryable: false,
    message: 'It has no such branch any more',
  },
  {
    pattern: /detected dubious ownership/,
    code: 'git_failed',
    retryable: false,
    message:
      'The repository belongs to another user of this machine; allow it with git config safe.directory',
  },
  {
    pattern: /Could not resolve host(?:name)?|Name or service not known|Temporary failure in name resolution/,
    code: 'git_failed',
    retryable: true,
    message: "The host's name can't be resolved",
  },
  {
    pattern:
      /Failed to connect|Couldn't connect|Connection (?:refused|timed out|reset)|No route to host|Network is unreachable|Operation timed out|Operation too slow/,
    code: 'git_failed',
    retryable: true,
    message: "The host can't be reached",
  },
  {
    pattern: /SSL certificate problem|server certificate verification failed|SSL routines/,
    code: 'git_failed',
    retryable: false,
    message: "The host's certificate is not trusted",
  },
];

/**
 * Gives a failed git command of the network a stable code and says what to do.
 * `auth_failed`, `repo_not_found` and `git_url_refused` are not worth a retry; `git_failed` mostly is.
 * @param error what exec threw; others are given back as they are
 * @param writes whether something was pushed
 */
export function classifyGitFailure(error: unknown, remote: RemoteUrl, writes = false): unknown {
  const url = shownUrl(remote.url);
  const code = errorCode(error);
  if (code === 'exec_timeout') {
    const ms = (error as PlumblineError).details.timeoutMs;
    return new PlumblineError('git_failed', `${url} did not answer in full within ${String(ms)} ms.`, {
      cause: error,
      retryable: true,
      details: { url },
    });
  }
  if (code === 'exec_not_found') {
    return new PlumblineError(
      'git_failed',
      'The program git was not found. Install git, or put it on the PATH.',
      {
        cause: error,
      },
    );
  }
  if (code !== 'exec_failed') return error;
  const stderr = failureText(error);
  const rule = RULES.find(({ pattern }) => pattern.test(stderr));
  const tail = stderr.trim().split('\n').slice(-6).join('\n');
  return new PlumblineError(
    rule?.code ?? 'git_failed',
    `${url} can't be ${writes ? 'pushed to' : 'read'}. ${rule?.message ?? 'git failed'}: ${tail || 'git gave no reason'}`,
    { cause: error, retryable: rule?.retryable ?? true, details: { url, stderr } },
  );
}

/** What git wrote to stderr (redacted), of an error of exec or of classifyGitFailure. */
export function failureText(error: unknown): string {
  if (!(error instanceof PlumblineError)) return '';
  return typeof error.details.stderr === 'string' ? error.details.stderr : '';
}
