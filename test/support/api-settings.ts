import type { AuthSettings, RepoSettings, Settings } from '../../src/domain/settings.ts';

/** A repo as the config would give it. */
export function aRepo(changes: Partial<RepoSettings> = {}): RepoSettings {
  return {
    name: 'my-infra',
    url: 'https://git.example.com/infra/terraform.git',
    branch: null,
    git: { type: 'ambient' },
    cancelInflightOnNewTrigger: false,
    schedule: null,
    stacks: null,
    discovery: { include: [], exclude: [] },
    submodules: false,
    ...changes,
  };
}

/** Settings of a process, as small as they can be. */
export function aSettings(
  changes: { dataDir?: string; auth?: AuthSettings; repos?: RepoSettings[] } = {},
): Settings {
  return {
    dataDir: changes.dataDir ?? '/nowhere',
    cacheDir: '/nowhere/cache',
    listen: { host: '127.0.0.1', port: 0 },
    temporal: {
      address: null,
      namespace: 'default',
      tls: null,
      apiKey: null,
      taskQueue: 'plumbline',
    },
    embeddedTemporalIp: null,
    storeUrl: null,
    s3: null,
    dataKey: null,
    auth: changes.auth ?? { mode: 'open' },
    otlpEndpoint: null,
    logLevel: 'info',
    workerMetrics: null,
    published: {
      worker: {
        concurrency: 5,
        lockTtlMs: 1_800_000,
        renewEveryMs: 600_000,
        retryOnce: true,
        taskMaxAgeMs: 21_600_000,
      },
      repos: changes.repos ?? [aRepo()],
      scan: { timeoutMs: 600_000, graceMs: 10_000, env: {}, varFiles: [] },
      ignore: [],
      severity: { keywords: { critical: [], high: [], medium: [], low: [] }, rules: [] },
      toolchain: { cacheDir: null, download: true, build: true, tools: {} },
      gitAllowLocal: false,
      environments: [],
      approvals: { allowUnsignedSignals: false },
      commits: {
        authorName: 'Plumbline',
        authorEmail: 'plumbline@example.com',
        signing: null,
        allowedSigners: null,
      },
      drivers: {},
    },
    discovery: { include: [], exclude: [] },
    secrets: { urlCredentials: {}, env: () => undefined },
  };
}
