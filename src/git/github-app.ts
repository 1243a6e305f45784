import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type { GitAuth } from '../domain/settings.ts';
import { PlumblineError } from '../util/errors.ts';
import type { Redactor } from '../util/redact.ts';
import { createSingleFlight } from '../util/single-flight.ts';

/** A GitHub App's installation, as `git: {type: github_app}` names it. */
export type GithubApp = Extract<GitAuth, { type: 'github_app' }>;

export interface GithubAppTokens {
  /**
   * A token of the installation: from the cache while it lives for five more minutes, else a new one; one request at a time.
   * @throws PlumblineError `secret_missing` (the private key), `auth_failed` (GitHub refuses the App or the installation),
   *   `git_failed` (the API can't be reached, or is overloaded: worth a retry)
   */
  token(
    app: GithubApp,
    options?: {
      signal?: AbortSignal | undefined;
      /** A token that may write contents, too; one that may only read them otherwise. */
      writes?: boolean;
    },
  ): Promise<string>;
  /** The next call fetches a new token. */
  forget(app: GithubApp): void;
}

/** GitHub accepts at most 10 minutes from its own clock; clocks differ. */
const JWT_BACKDATED_S = 60;
const JWT_LIFETIME_S = 9 * 60;
const SPARE_MS = 5 * 60_000;
const REQUEST_TIMEOUT_MS = 30_000;

const TokenAnswer = z.object({ token: z.string().min(1), expires_at: z.string() });
const ErrorAnswer = z.object({ message: z.string() });

/**
 * Exchanges a GitHub App's key for installation tokens that may only read contents, or write them where something is pushed.
 * See https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
export function createGithubAppTokens(options: { redactor: Redactor; now?: () => number }): GithubAppTokens {
  const now = options.now ?? Date.now;
  const cache = new Map<string, { token: string; expiresAtMs: number }>();
  const flights = createSingleFlight<string>();
  const keyOf = (app: GithubApp, writes: boolean) =>
    JSON.stringify([app.apiUrl, app.appId, app.installationId, app.privateKeyPath, writes]);

  return {
    token: async (app, { signal, writes = false } = {}) => {
      const key = keyOf(app, writes);
      const cached = cache.get(key);
      if (cached && cached.expiresAtMs - SPARE_MS > now()) return cached.token;
      return await flights.run(
        key,
        async (shared) => {
          const jwt = await appJwt(app, now());
          options.redactor.add(jwt);
          const answer = await requestToken(app, { jwt, writes }, shared);
          options.redactor.add(answer.token);
          cache.set(key, { token: answer.token, expiresAtMs: Date.parse(answer.expires_at) || 0 });
          return answer.token;
        },
        signal === undefined ? {} : { signal },
      );
    },
    forget: (app) => {
      for (const writes of [false, true]) cache.delete(keyOf(app, writes));
    },
  };
}

async function appJwt(app: GithubApp, nowMs: number): Promise<string> {
  const nowS = Math.floor(nowMs / 1000);
  return await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuedAt(nowS - JWT_BACKDATED_S)
    .setExpirationTime(nowS - JWT_BACKDATED_S + JWT_LIFETIME_S)
    .setIssuer(String(app.appId))
    .sign(await readPrivateKey(app));
}

/** Read each time it is needed (once an hour), so that a changed key is noticed. */
async function readPrivateKey(app: GithubApp): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(app.privateKeyPath));
  } catch (cause) {
    throw new PlumblineError(
      'secret_missing',
      `The file ${app.privateKeyPath} can't be read as a private key. It must hold the PEM key of GitHub App ${app.appId}.`,
      { cause, details: { path: app.privateKeyPath } },
    );
  }
}

async function requestToken(
  app: GithubApp,
  { jwt, writes }: { jwt: string; writes: boolean },
  signal: AbortSignal,
): Promise<z.infer<typeof TokenAnswer>> {
  const url = `${app.apiUrl.replace(/\/+$/, '')}/app/installations/${app.installationId}/access_tokens`;
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${jwt}`,
        'content-type': 'application/json',
        'user-agent': 'plumbline',
        'x-github-api-version': '2022-11-28',
      },
      body: JSON.stringify({ permissions: { contents: writes ? 'write' : 'read' } }),
      // A redirect would take the App's proof of identity elsewhere.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    body = await response.json().catch(() => undefined);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new PlumblineError(
      'git_failed',
      `GitHub's API at ${app.apiUrl} can't be reached: ${reason(cause)}.`,
      {
        cause,
        retryable: true,
      },
    );
  }
  if (!response.ok) throw refusal(app, response, body, writes);
  const answer = TokenAnswer.safeParse(body);
  if (!answer.success) {
    throw new PlumblineError('git_failed', `GitHub's API at ${app.apiUrl} answered without a token.`, {
      retryable: true,
    });
  }
  return answer.data;
}

function refusal(app: GithubApp, response: Response, body: unknown, writes: boolean): PlumblineError {
  const said = ErrorAnswer.safeParse(body);
  const text = `${response.status}${said.success ? `: ${said.data.message}` : ''}`;
  const details = { status: response.status, appId: app.appId, installationId: app.installationId };
  const limited =
    response.headers.has('retry-after') || response.headers.get('x-ratelimit-remaining') === '0';
  if (response.status >= 500 || response.status === 429 || (response.status === 403 && limited)) {
    return new PlumblineError('git_failed', `GitHub's API at ${app.apiUrl} is overloaded (${text}).`, {
      retryable: true,
      details,
    });
  }
  const why =
    response.status === 401
      ? `refused the key of App ${app.appId}: check app_id, private_key_path and this machine's clock`
      : response.status === 404
        ? `knows no installation ${app.installationId} of App ${app.appId}: check installation_id`
        : `gave no token for installation ${app.installationId} of App ${app.appId}: check that it may ${writes ? 'write' : 'read'} contents`;
  return new PlumblineError('auth_failed', `GitHub ${why} (${text}).`, { details });
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
