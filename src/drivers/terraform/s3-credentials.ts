import { join, resolve } from 'node:path';
import type * as Aws from '@aws-sdk/credential-providers';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { requireOwnKeys } from './aws-profiles.ts';

/** Keys that sign requests to AWS. */
export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** The tool's environment, which is not this process's. */
type Env = Readonly<Record<string, string>>;
type Providers = typeof Aws;
type RoleParams = Aws.FromTemporaryCredentialsOptions['params'];
type StsClient = NonNullable<Aws.FromTemporaryCredentialsOptions['clientConfig']>;

const SESSION_NAME = 'plumbline';
const METADATA_TIMEOUT_MS = 1_000;

/**
 * The keys with which Terraform reaches an S3 backend, from where it takes them: keys, profile, web identity and role of the
 * backend's configuration, then the tool's environment and its shared files, then what the machine itself is given.
 * @param folder where the tool works: relative paths of the configuration are of it
 * @throws Error that says why there are none
 */
export async function s3Keys(config: JsonObject, env: Env, folder: string): Promise<S3Keys> {
  const plain = plainKeys(config, env);
  const role = assumedRole(config);
  if (plain !== null && role === null) return plain;
  const aws = await import('@aws-sdk/credential-providers');
  const sts = stsClient(config, env);
  const base = plain ?? (await keysFromElsewhere(aws, config, { env, folder, sts }));
  if (role === null) return base;
  return await aws.fromTemporaryCredentials({ params: role, masterCredentials: base, clientConfig: sts })();
}

/** Keys that stand in the configuration, or in the environment where nothing there says otherwise. */
function plainKeys(config: JsonObject, env: Env): S3Keys | null {
  const own = keysOf(text(config, 'access_key'), text(config, 'secret_key'), text(config, 'token'));
  if (own !== null) return own;
  if (profileOf(config, env) !== '' || webIdentity(config) !== null) return null;
  return keysOf(env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']);
}

function keysOf(id = '', secret = '', token = ''): S3Keys | null {
  if (id === '' || secret === '') return null;
  return { accessKeyId: id, secretAccessKey: secret, ...(token === '' ? {} : { sessionToken: token }) };
}

async function keysFromElsewhere(
  aws: Providers,
  config: JsonObject,
  { env, folder, sts }: { env: Env; folder: string; sts: StsClient },
): Promise<S3Keys> {
  const profile = profileOf(config, env);
  const identity = webIdentity(config) ?? (profile === '' ? webIdentityOfEnv(env) : null);
  if (identity !== null) {
    const { token, file, ...role } = identity;
    return token === ''
      ? await aws.fromTokenFile({ ...role, webIdentityTokenFile: file, clientConfig: sts })()
      : await aws.fromWebToken({ ...role, webIdentityToken: token, clientConfig: sts })();
  }
  const files = sharedFiles(config, env, folder);
  await requireOwnKeys(Object.values(files), profile || 'default');
  const ini = aws.fromIni({ ...files, profile: profile || 'default', clientConfig: sts, ignoreCache: true });
  return profile === ''
    ? await aws.propertyProviderChain(ini, ...machineKeys(aws, config, env))()
    : await ini();
}

/** What a container or a virtual machine gives to the programs that run in it. */
function machineKeys(aws: Providers, config: JsonObject, env: Env) {
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const limits = { timeout: METADATA_TIMEOUT_MS, maxRetries: 0 };
  if (full !== undefined || relative !== undefined) {
    const token = env['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
    const tokenFile = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
    return [
      aws.fromHttp({
        ...limits,
        ...(relative === undefined ? {} : { awsContainerCredentialsRelativeUri: relative }),
        ...(full === undefined ? {} : { awsContainerCredentialsFullUri: full }),
        ...(token === undefined ? {} : { awsContainerAuthorizationToken: token }),
        ...(tokenFile === undefined ? {} : { awsContainerAuthorizationTokenFile: tokenFile }),
      }),
    ];
  }
  const off = config['skip_metadata_api_check'] === true || env['AWS_EC2_METADATA_DISABLED'] === 'true';
  return off ? [] : [aws.fromInstanceMetadata(limits)];
}

/** The role that the configuration has assumed, in its block or, as before Terraform 1.6, at its top. */
function assumedRole(config: JsonObject): RoleParams | null {
  const block = isJsonObject(config['assume_role']) ? config['assume_role'] : {};
  const of = (name: string, old: string) => text(block, name) || text(config, old);
  const arn = of('role_arn', 'role_arn');
  if (arn === '') return null;
  const tags = isJsonObject(block['tags']) ? block['tags'] : {};
  return {
    RoleArn: arn,
    RoleSessionName: of('session_name', 'session_name') || SESSION_NAME,
    ...given('ExternalId', of('external_id', 'external_id')),
    ...given('Policy', of('policy', 'assume_role_policy')),
    ...given('SourceIdentity', text(block, 'source_identity')),
    ...listed('PolicyArns', texts(block['policy_arns']), (arnOfPolicy) => ({ arn: arnOfPolicy })),
    ...listed('Tags', Object.keys(tags), (name) => ({ Key: name, Value: text(tags, name) })),
    ...listed('TransitiveTagKeys', texts(block['transitive_tag_keys']), (key) => key),
  };
}

interface WebIdentity {
  roleArn: string;
  roleSessionName: string;
  token: string;
  file: string;
}

function webIdentity(config: JsonObject): WebIdentity | null {
  const block = config['assume_role_with_web_identity'];
  if (!isJsonObject(block) || text(block, 'role_arn') === '') return null;
  return {
    roleArn: text(block, 'role_arn'),
    roleSessionName: text(block, 'session_name') || SESSION_NAME,
    token: text(block, 'web_identity_token'),
    file: text(block, 'web_identity_token_file'),
  };
}

function webIdentityOfEnv(env: Env): WebIdentity | null {
  const { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: file } = env;
  if (!roleArn || !file) return null;
  return { roleArn, file, token: '', roleSessionName: env['AWS_ROLE_SESSION_NAME'] || SESSION_NAME };
}

function profileOf(config: JsonObject, env: Env): string {
  return text(config, 'profile') || (env['AWS_PROFILE'] ?? '');
}

/**
 * The files with profiles.
 * @throws Error when there are several of a kind, whose order the SDK can't be told
 */
function sharedFiles(
  config: JsonObject,
  env: Env,
  folder: string,
): { configFilepath: string; filepath: string } {
  const home = env['HOME'] ?? '';
  const one = (several: string, single: string, variable: string, usual: string): string => {
    const own = [...texts(config[several]), ...texts([text(config, single)])];
    if (own.length > 1) throw new Error(`several ${several} are not followed.`);
    return resolve(folder, untilde(own[0] ?? env[variable] ?? join(home, '.aws', usual), home));
  };
  return {
    configFilepath: one('shared_config_files', '', 'AWS_CONFIG_FILE', 'config'),
    filepath: one(
      'shared_credentials_files',
      'shared_credentials_file',
      'AWS_SHARED_CREDENTIALS_FILE',
      'credentials',
    ),
  };
}

function untilde(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

function stsClient(config: JsonObject, env: Env): StsClient {
  const endpoints = isJsonObject(config['endpoints']) ? config['endpoints'] : {};
  const endpoint =
    text(endpoints, 'sts') ||
    text(config, 'sts_endpoint') ||
    (env['AWS_ENDPOINT_URL_STS'] ?? env['AWS_ENDPOINT_URL'] ?? '');
  const region = text(config, 'sts_region') || regionOf(config, env);
  return { region, maxAttempts: 1, ...(endpoint === '' ? {} : { endpoint }) };
}

/** Where the backend's bucket is. */
export function regionOf(config: JsonObject, env: Env): string {
  return text(config, 'region') || (env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1');
}

/** A setting of the backend, or an empty text. */
export function text(config: JsonObject, name: string): string {
  const value = config[name];
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((each): each is string => typeof each === 'string' && each !== '')
    : [];
}

function given<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>);
}

function listed<K extends string, T, U>(
  key: K,
  items: readonly T[],
  of: (item: T) => U,
): Partial<Record<K, U[]>> {
  return items.length === 0 ? {} : ({ [key]: items.map(of) } as Record<K, U[]>);
}
