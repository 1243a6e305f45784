import type { Severity } from './change.ts';
import type { DriftMonitoring } from './reports/drift-alerts.ts';
import type { EnvironmentSettings } from './eligibility/policy.ts';
import type { Grant } from './person.ts';

/** How a repository is reached. Secrets are named (environment variables, files), never held. */
export type GitAuth =
  | { type: 'ambient' }
  | { type: 'ssh'; keyPath: string; knownHostsPath: string | null }
  | { type: 'https'; tokenEnv: string; username: string }
  | { type: 'github_app'; appId: number; installationId: number; privateKeyPath: string; apiUrl: string };

/** A repository of `repos[]`. */
export interface RepoSettings {
  name: string;
  /** Without credentials: a token that stands in the URL is kept apart, in this process only. */
  url: string;
  /** The branch that is scanned; null is the remote's default branch. */
  branch: string | null;
  git: GitAuth;
  cancelInflightOnNewTrigger: boolean;
  /** Five-field cron expression, or null for none. */
  schedule: string | null;
  /** When to sync, and to repair drift, by itself: five-field cron expressions; null, or left out: not by time. */
  syncSchedule?: string | null;
  reconcileSchedule?: string | null;
  /** How often the Git host is asked for the newest commit, in ms; null, or left out: never. */
  intervalMs?: number | null;
  /** Stack paths as listed; null means: discover them. */
  stacks: string[] | null;
  /** By stack (`folder` or `folder@workspace`), those that must be applied before it; left out: nothing is said. */
  dependsOn?: Record<string, string[]>;
  discovery: DiscoverySettings;
  submodules: boolean;
}

export interface DiscoverySettings {
  include: string[];
  exclude: string[];
}

/** A value given in the config, or the name of the worker's environment variable that holds it. */
export type EnvSource = { value: string } | { fromEnv: string };

export interface ScanSettings {
  timeoutMs: number;
  graceMs: number;
  env: Record<string, EnvSource>;
  varFiles: string[];
}

/** One rule of `ignore[]`. What is given must all match. */
export interface IgnoreRule {
  repo: string | null;
  /** Glob over stack keys. */
  stack: string | null;
  /** Glob over resource addresses. */
  address: string | null;
  /** Resource type. */
  type: string | null;
  /** JSON pointer of the attribute; null ignores the whole change. */
  pointer: string | null;
  reason: string;
  /** ISO date; the rule ends at the end of that day (UTC). */
  until: string | null;
}

export interface SeverityRule {
  /** Glob over resource types. */
  type: string | null;
  /** Glob over JSON pointers. */
  pointer: string | null;
  action: string | null;
  severity: Severity;
  reason: string;
}

export interface SeveritySettings {
  keywords: Record<Severity, string[]>;
  /** The config's own rules: tried before the built-in table. */
  rules: SeverityRule[];
}

export interface ToolSettings {
  path: string | null;
  version: string | null;
  releasesUrl: string | null;
  /** Path of the armored public key that signs the releases; left out: the vendor's, where it is known. */
  signingKey?: string | null;
}

export interface ToolchainSettings {
  /** Where programs are kept; null is the user's cache folder. */
  cacheDir: string | null;
  download: boolean;
  build: boolean;
  tools: Record<string, ToolSettings>;
}

export interface WorkerSettings {
  concurrency: number;
  /** How long a worker may be silent before its job is given to another. */
  lockTtlMs: number;
  /** How often a job says that it is alive. */
  renewEveryMs: number;
  retryOnce: boolean;
  taskMaxAgeMs: number;
}

/** `approvals` of the config: what holds for all environments. */
export interface ApprovalSettings {
  /** Whether a decision without a signature counts (for the embedded form, and there for one operator only). */
  allowUnsignedSignals: boolean;
}

/** Who writes Plumbline's own commits, and with which key they are signed. */
export interface CommitSettings {
  authorName: string;
  authorEmail: string;
  /** Path of an SSH private key, or a GPG key ID; null: unsigned. */
  signing: { format: 'ssh' | 'gpg'; key: string } | null;
  /** Files with the public keys that `require_signed_commits` accepts; null: whatever this machine's Git trusts. */
  allowedSigners: string | null;
}

/** Who has a role by the config, without what they prove themselves with. */
export interface RoleHolders {
  /** One for each token. */
  tokens: Pick<TokenSettings, 'name' | 'kind' | 'teams' | 'aliases' | 'grants'>[];
  /** Identity providers know others, of whom it can't be told. */
  others: boolean;
}

/** What tasks need of the config: free of secrets, published as numbered versions, pinned by each task. */
export interface PublishedSettings {
  worker: WorkerSettings;
  repos: RepoSettings[];
  scan: ScanSettings;
  ignore: IgnoreRule[];
  severity: SeveritySettings;
  toolchain: ToolchainSettings;
  gitAllowLocal: boolean;
  /** In their order of syncing; a stack belongs to the first that matches, see `environmentOfStack`. */
  environments: EnvironmentSettings[];
  /** Left out: no environment is watched for alerts. */
  driftMonitoring?: DriftMonitoring;
  approvals: ApprovalSettings;
  /** Left out: nobody has to prove who they are, or an older version has published this. */
  roles?: RoleHolders;
  commits: CommitSettings;
  /** Options per driver kind, as written; each driver's schema has accepted them. */
  drivers: Record<string, unknown>;
}

export interface TemporalSettings {
  /** null: `up` and `serve` start the embedded server. */
  address: string | null;
  namespace: string;
  tls: {
    serverName: string | null;
    caPath: string | null;
    certPath: string | null;
    keyPath: string | null;
  } | null;
  apiKey: string | null;
  taskQueue: string;
}

export interface S3Settings {
  endpoint: string;
  bucket: string;
  region: string;
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A place for signed heads of the audit log. */
export type AuditAnchorSettings =
  | { type: 'file'; path: string }
  | ({ type: 's3'; retainDays: number | null } & S3Settings)
  | { type: 'git'; repo: string; ref: string }
  | { type: 'syslog'; host: string; port: number; protocol: 'tcp' | 'udp' };

/** Who may use the API. `open`: nothing was configured. `none`: said to be open to everyone. */
export type AuthSettings =
  | { mode: 'open' }
  | { mode: 'none' }
  | { mode: 'tokens'; tokens: TokenSettings[]; oidc: OidcSettings[] };

/** A bearer token of the config. Its secret is never kept, only its SHA-256 (hex). */
export interface TokenSettings {
  name: string;
  sha256: string;
  kind: 'person' | 'machine';
  teams: string[];
  aliases: string[];
  grants: Grant[];
  /** ISO 8601; null: it does not end. */
  expiresAt: string | null;
}

/** Whose JSON Web Tokens are taken, and what their claims mean. */
export interface OidcSettings {
  issuer: string;
  audience: string;
  /** What its tokens stand for. */
  kind: 'person' | 'machine';
  /** Where the keys are; null: asked from the issuer. */
  jwksUrl: string | null;
  /** Claims with the person's ID, teams and other names. */
  idClaim: string;
  teamsClaim: string;
  aliasClaims: string[];
  /** What members of a team may do; the team `*` is everybody. */
  grants: { team: string; grant: Grant }[];
}

/** All that one process knows of its config: the published part, and what stays in this process. */
export interface Settings {
  /** Absolute. */
  dataDir: string;
  /** Absolute: programs and provider caches of this machine, shared by all data folders. */
  cacheDir: string;
  listen: { host: string; port: number };
  /** Addresses and ranges of reverse proxies whose word on whom they speak for stands in records; left out: none. */
  trustedProxies?: readonly string[];
  /** Names, lower case, under which browsers reach the server; left out: none beside addresses and names without a dot. */
  publicNames?: readonly string[];
  temporal: TemporalSettings;
  /** Where the embedded server of `serve` is reached: an IPv4 address, or `own`, see DOCUMENTED_ENV; null: on this machine alone. */
  embeddedTemporalIp: string | null;
  /** PostgreSQL URL; null is the embedded SQLite under `dataDir`. */
  storeUrl: string | null;
  s3: S3Settings | null;
  /** Where heads of the audit log are written; null, or left out: a file under `dataDir`. */
  auditAnchors?: AuditAnchorSettings[] | null;
  /** Base64 of 32 bytes from the environment; null: the key file under `dataDir`. */
  dataKey: string | null;
  auth: AuthSettings;
  otlpEndpoint: string | null;
  logLevel: string;
  /** Where a worker serves its metrics; null: nowhere. */
  workerMetrics: { host: string; port: number } | null;
  /** The top-level `discovery`, for a scan of a folder that is no repo of the config. */
  discovery: DiscoverySettings;
  /** The config says nothing of unsigned signals, so that the embedded form may take them; see `withEmbeddedDefaults`. */
  unsignedSignalsUnsaid?: boolean;
  published: PublishedSettings;
  secrets: LocalSecrets;
}

/** Secrets of this process, by the name that the published settings use. Never stored, never sent. */
export interface LocalSecrets {
  /** Credentials that stood in a repo's URL, by repo name: `user:token`. */
  urlCredentials: Record<string, string>;
  /** The value of an environment variable that the config names; undefined when it is not set. */
  env: (name: string) => string | undefined;
}
