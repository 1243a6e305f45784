import type { LocalSecrets, RepoSettings } from '../domain/settings.ts';
import type { Redactor } from '../util/redact.ts';
import type { GithubAppTokens } from './github-app.ts';
import type { RangeCache } from './range-cache.ts';
import type { RemoteUrl } from './repo-url.ts';
import type { SourceFolder } from './source-folder.ts';

/** The few log levels that are used here: a constant message, and facts as fields. */
export interface GitLog {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Bounds of one cache. */
export interface GitLimits {
  /** Of one command that talks to a host. */
  networkTimeoutMs: number;
  /** Between SIGINT and SIGKILL. */
  graceMs: number;
  /** Work trees that nobody used for so long are swept. */
  maxAgeMs: number;
  /** Of all work trees together; the least recently used go first, those in use never. */
  maxBytes: number;
}

/** Ten minutes to fetch; a week and 10 GiB of work trees. */
export const DEFAULT_GIT_LIMITS: GitLimits = {
  networkTimeoutMs: 10 * 60_000,
  graceMs: 5_000,
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 10 * 1024 ** 3,
};

/** What every part of one cache shares. */
export interface GitContext {
  /** Absolute. */
  rootDir: string;
  /** The program git: a path, or a name on the PATH of baseEnv. */
  program: string;
  baseEnv: Readonly<Record<string, string>>;
  secrets: LocalSecrets;
  allowLocal: boolean;
  redactor: Redactor;
  log: GitLog;
  limits: GitLimits;
  githubTokens: GithubAppTokens;
  ranges: RangeCache;
}

/** One repository that is fetched: the registered one, or a submodule of it. */
export interface Source {
  repo: RepoSettings;
  remote: RemoteUrl;
  folder: SourceFolder;
}

/** Cancels, and tells people how far it is. */
export interface GitCallOptions {
  signal?: AbortSignal | undefined;
  /** A line for people: already redacted. */
  onProgress?: ((message: string) => void) | undefined;
}
