import { resolve } from 'node:path';
import type { AuditAnchorSettings, AuthSettings, S3Settings, TemporalSettings } from '../domain/settings.ts';
import { authSettings } from './auth-settings.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import type { ProcessEnv } from './process-env.ts';
import type { ParsedConfig } from './schema/config.ts';

/** What stays in this process, and what was wrong with the environment that it is read from. */
export interface LocalPart {
  temporal: TemporalSettings;
  storeUrl: string | null;
  s3: S3Settings | null;
  auditAnchors: AuditAnchorSettings[] | null;
  auth: AuthSettings;
  problems: ConfigProblem[];
  notices: string[];
}

/** Reads the environment variables that the config names for this process's own connections. */
export function localSettings(config: ParsedConfig, env: ProcessEnv, cwd: string): LocalPart {
  const problems: ConfigProblem[] = [];
  const read = (name: string, path: ConfigPath): string => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    problems.push({
      path,
      message: `names the environment variable ${name}, which is not set`,
      suggestion: `set ${name} where this process is started`,
    });
    return '';
  };
  const temporal = temporalSettings(config.temporal, read, cwd);
  const s3 = config.artifacts.s3 ? bucketOf(config.artifacts.s3, read, ['artifacts', 's3']) : null;
  const auditAnchors =
    config.audit.anchors?.map((anchor, index) => anchorOf(anchor, read, { index, cwd })) ?? null;
  const storeUrl = readStoreUrl(config.store, read, problems);
  const { auth, notices } = authSettings(config, env);
  return { temporal, storeUrl, s3, auditAnchors, auth, problems, notices };
}

type ReadEnv = (name: string, path: ConfigPath) => string;

function temporalSettings(config: ParsedConfig['temporal'], read: ReadEnv, cwd: string): TemporalSettings {
  const apiKey =
    config.api_key_env === undefined ? null : read(config.api_key_env, ['temporal', 'api_key_env']);
  const tls = config.tls ?? apiKey !== null;
  const files = typeof tls === 'object' ? tls : {};
  const path = (file: string | undefined): string | null => (file === undefined ? null : resolve(cwd, file));
  return {
    address: config.address ?? null,
    namespace: config.namespace,
    tls:
      tls === false
        ? null
        : {
            serverName: files.server_name ?? null,
            caPath: path(files.ca_path),
            certPath: path(files.cert_path),
            keyPath: path(files.key_path),
          },
    apiKey,
    taskQueue: config.task_queue,
  };
}

type ParsedAnchor = NonNullable<ParsedConfig['audit']['anchors']>[number];

function anchorOf(
  { file, s3, git, syslog }: ParsedAnchor,
  read: ReadEnv,
  { index, cwd }: { index: number; cwd: string },
): AuditAnchorSettings {
  if (s3) {
    const bucket = bucketOf(s3, read, ['audit', 'anchors', index, 's3']);
    return { type: 's3', ...bucket, retainDays: s3.retain_days ?? null };
  }
  if (git) return { type: 'git', ...git };
  if (syslog) return { type: 'syslog', ...syslog };
  return { type: 'file', path: resolve(cwd, file!.path) };
}

function bucketOf(
  s3: NonNullable<ParsedConfig['artifacts']['s3']>,
  read: ReadEnv,
  path: ConfigPath,
): S3Settings {
  return {
    endpoint: s3.endpoint.replace(/\/+$/, ''),
    bucket: s3.bucket,
    region: s3.region,
    prefix: s3.prefix,
    accessKeyId: read(s3.access_key_id_env, [...path, 'access_key_id_env']),
    secretAccessKey: read(s3.secret_access_key_env, [...path, 'secret_access_key_env']),
  };
}

function readStoreUrl(store: ParsedConfig['store'], read: ReadEnv, problems: ConfigProblem[]): string | null {
  if (store.url_env === undefined) return store.url ?? null;
  const url = read(store.url_env, ['store', 'url_env']);
  if (url !== '' && !/^postgres(ql)?:\/\//.test(url)) {
    problems.push({
      path: ['store', 'url_env'],
      message: `${store.url_env} does not hold a postgres:// URL`,
      suggestion: 'for example postgres://user:password@host:5432/plumbline',
    });
  }
  return url;
}
