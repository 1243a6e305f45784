import { resolve } from 'node:path';
import { roleHolders } from '../domain/approvals/lost-role.ts';
import type { Settings } from '../domain/settings.ts';
import type { ConfigDocument } from './config-document.ts';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { crossProblems } from './cross-checks.ts';
import { configJsonSchema } from './json-schema.ts';
import { localSettings } from './local-settings.ts';
import { configNotices } from './notices.ts';
import { formatPath, type ConfigProblem } from './problem.ts';
import { defaultCacheDir, readEnvOverrides, type ProcessEnv } from './process-env.ts';
import { publishedSettings } from './published-settings.ts';
import { section } from './raw-value.ts';
import { schemaProblems } from './schema-problems.ts';
import { configSchema, type DriverSchemas } from './schema/config.ts';

/** What settings are made from, besides the file. */
export interface ConfigContext {
  /** How the file is called in messages. */
  file: string;
  /** The process's environment. */
  env: ProcessEnv;
  /** The folder that relative paths start from. */
  cwd: string;
  drivers: DriverSchemas;
  /** What a named variable is that isn't set: a fault (the default), or only worth a notice, as when a file is checked elsewhere. */
  missingEnv?: 'fault' | 'notice';
}

/** Settings, and what the person should know although nothing is wrong. */
export interface LoadedConfig {
  settings: Settings;
  notices: string[];
}

/**
 * Turns a config that was read into settings.
 * @throws ConfigError with all faults at once, in the order of the file
 */
export function readConfig(document: ConfigDocument, context: ConfigContext): LoadedConfig {
  const { overrides, problems } = readEnvOverrides(context.env, context.cwd);
  if (!document.usable) throw new ConfigError(context.file, document.faults);
  const parsed = configSchema(context.drivers).safeParse(document.value);
  const found: ConfigProblem[] = [...problems, ...crossProblems(document.value, context)];
  if (!parsed.success) {
    const schema = configJsonSchema(context.drivers);
    found.push(...schemaProblems(parsed.error.issues, document.value, schema));
    throw new ConfigError(
      context.file,
      inOrder([...document.faults, ...found.map((problem) => document.locate(problem))]),
    );
  }
  const config = parsed.data;
  const local = localSettings(config, context.env, context.cwd);
  if (context.missingEnv !== 'notice') found.push(...local.problems);
  const faults = [...document.faults, ...found.map((problem) => document.locate(problem))];
  if (faults.length > 0) throw new ConfigError(context.file, inOrder(faults));
  const { published, urlCredentials } = publishedSettings(
    config,
    section(document.value, 'drivers'),
    context.cwd,
  );
  const roles = roleHolders(local.auth);
  const settings: Settings = {
    dataDir: resolve(context.cwd, config.data_dir),
    cacheDir: overrides.cacheDir ?? published.toolchain.cacheDir ?? defaultCacheDir(),
    listen: config.listen_addr,
    trustedProxies: config.trusted_proxies,
    publicNames: config.public_names,
    temporal: local.temporal,
    embeddedTemporalIp: overrides.embeddedTemporalIp,
    storeUrl: local.storeUrl,
    s3: local.s3,
    auditAnchors: local.auditAnchors,
    dataKey: overrides.dataKey,
    auth: local.auth,
    otlpEndpoint: overrides.otlpEndpoint ?? config.telemetry.otlp_endpoint ?? null,
    logLevel: overrides.logLevel ?? config.telemetry.log_level,
    workerMetrics: config.telemetry.worker_metrics_addr ?? null,
    discovery: { include: config.discovery.include ?? [], exclude: config.discovery.exclude ?? [] },
    unsignedSignalsUnsaid: config.approvals.allow_unsigned_signals === undefined,
    published: { ...published, ...(roles === undefined ? {} : { roles }) },
    secrets: { urlCredentials, env: (name) => context.env[name] },
  };
  return {
    settings,
    notices: [
      ...configNotices(document.value, settings),
      ...local.notices,
      ...local.problems.map((problem) => `${formatPath(problem.path)} ${problem.message}.`),
    ],
  };
}

/** By place; a fault that two checks found is told once. */
function inOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  const seen = new Set<string>();
  return faults
    .filter((fault) => {
      const id = JSON.stringify([fault.path, fault.line, fault.message]);
      return !seen.has(id) && seen.add(id);
    })
    .sort((a, b) => a.line - b.line || a.column - b.column || a.path.localeCompare(b.path));
}
