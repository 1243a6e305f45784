import envPaths from 'env-paths';
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import type { ConfigProblem } from './problem.ts';

/** The environment of a process: names to values. */
export type ProcessEnv = Readonly<Record<string, string | undefined>>;

/** Environment variables that override the config, or stand for what must not be written into it. */
export const DOCUMENTED_ENV = {
  PLUMBLINE_DATA_KEY:
    'Base64 of the 32 bytes that artifacts are encrypted with, instead of the key file under `data_dir`. Older keys may follow, after commas.',
  PLUMBLINE_CACHE_DIR: 'Folder for programs and providers; wins over `toolchain.cache_dir`.',
  PLUMBLINE_EMBEDDED_TEMPORAL_IP:
    'IPv4 address at which a worker in another container reaches the Temporal server of `serve`, which listens on 127.0.0.1 alone without it, and on every address with it. `own` is what this machine’s host name stands for. That server asks nobody who they are: only where no stranger reaches it.',
  LOG_LEVEL: 'Least level that is logged; wins over `telemetry.log_level`.',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'OTLP/HTTP endpoint for traces; wins over `telemetry.otlp_endpoint`.',
  PLUMBLINE_URL:
    'Address of the server, for commands that talk to one (`scan`, `status`, `tasks`, `cancel`).',
  PLUMBLINE_TOKEN: 'Token that these commands send.',
  NO_COLOR: 'Any value: tables without colours.',
} as const;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** What the documented variables say; an empty variable counts as not set. */
export interface EnvOverrides {
  dataKey: string | null;
  cacheDir: string | null;
  logLevel: string | null;
  otlpEndpoint: string | null;
  embeddedTemporalIp: string | null;
}

/** Reads the documented variables and says what is wrong with them. */
export function readEnvOverrides(
  env: ProcessEnv,
  cwd: string,
): { overrides: EnvOverrides; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const logLevel = env.LOG_LEVEL?.toLowerCase() || null;
  if (logLevel !== null && !LOG_LEVELS.includes(logLevel)) {
    problems.push({
      path: [],
      message: `the environment variable LOG_LEVEL is "${logLevel}"`,
      suggestion: `use one of ${LOG_LEVELS.join(', ')}`,
    });
  }
  const embeddedTemporalIp = env.PLUMBLINE_EMBEDDED_TEMPORAL_IP || null;
  if (embeddedTemporalIp !== null && embeddedTemporalIp !== 'own' && !isIPv4(embeddedTemporalIp)) {
    problems.push({
      path: [],
      message: `the environment variable PLUMBLINE_EMBEDDED_TEMPORAL_IP is "${embeddedTemporalIp}"`,
      suggestion: 'use an IPv4 address of this machine, or own',
    });
  }
  return {
    overrides: {
      dataKey: env.PLUMBLINE_DATA_KEY || null,
      cacheDir: env.PLUMBLINE_CACHE_DIR ? resolve(cwd, env.PLUMBLINE_CACHE_DIR) : null,
      logLevel,
      otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT || null,
      embeddedTemporalIp,
    },
    problems,
  };
}

/** Where programs and providers are kept when nothing else is said: the user's cache folder. */
export function defaultCacheDir(): string {
  return envPaths('plumbline', { suffix: '' }).cache;
}
