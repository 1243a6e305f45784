import { resolve } from 'node:path';
import type {
  CommitSettings,
  EnvSource,
  GitAuth,
  IgnoreRule,
  PublishedSettings,
  RepoSettings,
  SeveritySettings,
  ToolSettings,
} from '../domain/settings.ts';
import { pollInterval } from '../domain/poll.ts';
import { entryName } from '../domain/repo-name.ts';
import { withDerivedRepos } from './derived-repos.ts';
import { driftMonitoring, isWatched } from './drift-monitoring.ts';
import { environmentSettings } from './environment-settings.ts';
import { checkRepoUrl } from './repo-url.ts';
import { checkRepoPath } from './safe-path.ts';
import { isReleased, TOOL_NAMES } from './schema/tools.ts';
import type { ParsedConfig } from './schema/config.ts';

type ParsedRepo = ParsedConfig['repos'][number];

/** The published part of a valid config, and the credentials that stood in repository URLs, by repo. */
export function publishedSettings(
  config: ParsedConfig,
  rawDrivers: Record<string, unknown>,
  cwd: string,
): { published: PublishedSettings; urlCredentials: Record<string, string> } {
  const urlCredentials: Record<string, string> = {};
  const entries = config.repos.map((repo) => {
    const { settings, credentials } = repoSettings(repo, config, cwd);
    if (credentials !== null) urlCredentials[repo.name] = credentials;
    return settings;
  });
  const { worker, scan, severity, toolchain } = config;
  const { repos, environments } = withDerivedRepos(entries, environmentSettings(config.environments));
  const monitoring = driftMonitoring(config.drift_monitoring, environments);
  // Written as an empty text it is none, whatever else is said.
  const unscheduled = new Set(
    config.repos.filter(({ schedule }) => schedule === undefined).map(({ name }) => name),
  );
  const published: PublishedSettings = {
    worker: {
      concurrency: worker.concurrency,
      lockTtlMs: worker.lock_ttl,
      renewEveryMs:
        worker.renew_every === 0 ? Math.max(10_000, Math.floor(worker.lock_ttl / 3)) : worker.renew_every,
      retryOnce: worker.retry_once,
      taskMaxAgeMs: worker.task_max_age,
    },
    repos: repos.map((repo) => ({
      ...repo,
      schedule:
        unscheduled.has(entryName(repo.name)) && monitoring && isWatched(repo, monitoring, environments)
          ? monitoring.schedule
          : repo.schedule,
      intervalMs: pollInterval(repo.intervalMs ?? undefined, repo.name, environments),
    })),
    scan: {
      timeoutMs: scan.timeout,
      graceMs: scan.grace,
      env: Object.fromEntries(Object.entries(scan.env).map(([name, source]) => [name, envSource(source)])),
      varFiles: scan.var_files,
    },
    ignore: config.ignore.map(ignoreRule),
    severity: severitySettings(severity),
    toolchain: {
      cacheDir: toolchain.cache_dir === undefined ? null : resolve(cwd, toolchain.cache_dir),
      download: toolchain.download,
      build: toolchain.build,
      tools: toolSettings(toolchain, cwd),
    },
    gitAllowLocal: config.git.allow_local,
    environments,
    ...(monitoring === undefined ? {} : { driftMonitoring: monitoring }),
    approvals: { allowUnsignedSignals: config.approvals.allow_unsigned_signals ?? false },
    commits: commitSettings(config.commits, cwd),
    drivers: rawDrivers,
  };
  return { published, urlCredentials };
}

function ignoreRule(rule: ParsedConfig['ignore'][number]): IgnoreRule {
  return {
    repo: rule.repo ?? null,
    stack: rule.stack ?? null,
    address: rule.address ?? null,
    type: rule.type ?? null,
    pointer: rule.pointer ?? null,
    reason: rule.reason,
    until: rule.until ?? null,
  };
}

function severitySettings(severity: ParsedConfig['severity']): SeveritySettings {
  return {
    keywords: severity.keywords,
    rules: severity.rules.map((rule) => ({
      type: rule.type ?? null,
      pointer: rule.pointer ?? null,
      action: rule.action ?? null,
      severity: rule.severity,
      reason: rule.reason ?? 'a rule of the config',
    })),
  };
}

function commitSettings(commits: ParsedConfig['commits'], cwd: string): CommitSettings {
  const { signing, allowed_signers: allowedSigners } = commits;
  return {
    authorName: commits.author_name,
    authorEmail: commits.author_email,
    signing: signing
      ? { format: signing.format, key: signing.format === 'ssh' ? resolve(cwd, signing.key) : signing.key }
      : null,
    allowedSigners: allowedSigners === undefined ? null : resolve(cwd, allowedSigners),
  };
}

function repoSettings(
  repo: ParsedRepo,
  config: ParsedConfig,
  cwd: string,
): { settings: RepoSettings; credentials: string | null } {
  const checked = checkRepoUrl(repo.url, { allowLocal: config.git.allow_local, cwd });
  const { url, credentials } = checked.ok ? checked.value : { url: '', credentials: null };
  const git = gitAuth(repo.git, cwd);
  const settings: RepoSettings = {
    name: repo.name,
    url,
    branch: repo.branch ?? null,
    git,
    cancelInflightOnNewTrigger: repo.cancel_inflight_on_new_trigger,
    schedule: repo.schedule ?? null,
    ...(repo.sync_schedule === undefined ? {} : { syncSchedule: repo.sync_schedule }),
    ...(repo.reconcile_schedule === undefined ? {} : { reconcileSchedule: repo.reconcile_schedule }),
    ...(repo.interval === undefined ? {} : { intervalMs: repo.interval }),
    stacks: repo.stacks === undefined || repo.stacks.length === 0 ? null : repo.stacks,
    ...(repo.depends_on === undefined ? {} : { dependsOn: declaredOrder(repo.depends_on) }),
    discovery: {
      include: repo.discovery?.include ?? config.discovery.include ?? [],
      exclude: repo.discovery?.exclude ?? config.discovery.exclude ?? [],
    },
    submodules: repo.submodules,
  };
  return { settings, credentials: git.type === 'ambient' ? credentials : null };
}

/** The same folder may be written in several ways: each is one entry, in one spelling. */
function declaredOrder(dependsOn: Record<string, string[]>): Record<string, string[]> {
  const order = new Map<string, string[]>();
  for (const [written, needs] of Object.entries(dependsOn)) {
    const checked = checkRepoPath(written);
    const stack = checked.ok ? checked.value : written;
    order.set(stack, [...new Set([...(order.get(stack) ?? []), ...needs])]);
  }
  return Object.fromEntries(order);
}

function gitAuth(git: ParsedRepo['git'], cwd: string): GitAuth {
  if (git?.type === 'ssh' && git.ssh_key_path !== undefined) {
    const knownHosts = git.ssh_known_hosts_path;
    return {
      type: 'ssh',
      keyPath: resolve(cwd, git.ssh_key_path),
      knownHostsPath: knownHosts === undefined ? null : resolve(cwd, knownHosts),
    };
  }
  if (git?.type === 'https' && git.https_token_env !== undefined) {
    return { type: 'https', tokenEnv: git.https_token_env, username: git.https_username };
  }
  if (git?.type === 'github_app' && git.github_app !== undefined) {
    const app = git.github_app;
    return {
      type: 'github_app',
      appId: app.app_id,
      installationId: app.installation_id,
      privateKeyPath: resolve(cwd, app.private_key_path),
      apiUrl: app.api_url.replace(/\/+$/, ''),
    };
  }
  return { type: 'ambient' };
}

function envSource(source: string | { from_env: string }): EnvSource {
  return typeof source === 'string' ? { value: source } : { fromEnv: source.from_env };
}

function toolSettings(toolchain: ParsedConfig['toolchain'], cwd: string): Record<string, ToolSettings> {
  const tools: Record<string, ToolSettings> = {};
  for (const name of TOOL_NAMES) {
    const tool = toolchain[name];
    if (tool === undefined) continue;
    const released = isReleased(name) ? toolchain[name] : undefined;
    tools[name] = {
      path: tool.path === undefined ? null : resolve(cwd, tool.path),
      version: tool.version ?? null,
      releasesUrl: released?.releases_url?.replace(/\/+$/, '') ?? null,
      signingKey: released?.signing_key === undefined ? null : resolve(cwd, released.signing_key),
    };
  }
  return tools;
}
