import { readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ClusterSettings } from './cluster.ts';
import { textOf } from './fields.ts';

/** Where Kubernetes puts what a pod's account needs. */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

type Where = Pick<ClusterSettings, 'name' | 'kubeconfig' | 'context' | 'inCluster'>;

/** What the kubeconfig is looked for in. */
export interface KubeconfigOptions {
  env: Readonly<Record<string, string>>;
  /** Kubernetes' own place unless given. */
  serviceAccountDir?: string;
}

/** A kubeconfig with its context chosen. */
export interface Kubeconfig {
  /** Without exec plugins and token files: those that count stand beside it. */
  config: KubeConfig;
  cluster: Cluster;
  /** `users[].user.exec`, its command an absolute path where it is one at all; null for none. */
  exec: JsonObject | null;
  /** Absolute. */
  tokenFile: string | null;
  /** `as-groups` of the user. */
  asGroups: string[];
}

/**
 * Reads the kubeconfig of a cluster: the file of the settings; else the pod's account; else those that KUBECONFIG names,
 * merged as kubectl merges them; else `~/.kube/config`.
 * @throws PlumblineError `kube_config` that says which file, and which contexts there are
 */
export async function loadKubeconfig(where: Where, options: KubeconfigOptions): Promise<Kubeconfig> {
  // The client library takes its time to load, and only who has a cluster needs it.
  const client = await import('@kubernetes/client-node');
  if (where.inCluster) return inCluster(new client.KubeConfig(), where.name, options);
  const files = kubeconfigFiles(where, options.env);
  if (files.length === 0)
    throw fault(where.name, 'it has no kubeconfig; name one, or set KUBECONFIG or HOME');
  const config = new client.KubeConfig();
  const users = new Map<string, JsonObject>();
  for (const file of files) {
    const other = new client.KubeConfig();
    for (const [name, user] of await read(other, file, where.name))
      if (!users.has(name)) users.set(name, user);
    merge(config, other);
  }
  const { cluster, userName } = choose(config, where, files.join(', '));
  const { exec, tokenFile, 'as-groups': asGroups } = users.get(userName) ?? {};
  return {
    config,
    cluster,
    exec: isJsonObject(exec) ? exec : null,
    tokenFile: typeof tokenFile === 'string' ? tokenFile : null,
    asGroups: Array.isArray(asGroups) ? asGroups.map(String) : [],
  };
}

/** Another text whenever one of the files is another one; the pod's account is looked at by its own files. */
export async function kubeconfigStamp(where: Where, options: KubeconfigOptions): Promise<string> {
  if (where.inCluster) return '';
  const facts = kubeconfigFiles(where, options.env).map(async (file) => {
    const { mtimeMs, size, ino } = await stat(file).catch(() => ({ mtimeMs: 0, size: -1, ino: 0 }));
    return [file, mtimeMs, size, ino].join(' ');
  });
  return (await Promise.all(facts)).join('\n');
}

function kubeconfigFiles({ kubeconfig }: Where, env: Readonly<Record<string, string>>): string[] {
  if (kubeconfig !== null) return [kubeconfig];
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const home = env['HOME'];
  return home === undefined || home === '' ? [] : [join(home, '.kube', 'config')];
}

/**
 * Reads one file into `config`, but for what the client library would do otherwise than kubectl: it runs exec plugins with all
 * of this process's environment, and knows no `tokenFile`.
 * @returns the users as they stand there, paths made absolute
 */
async function read(config: KubeConfig, file: string, cluster: string): Promise<Map<string, JsonObject>> {
  try {
    const text = await readFile(file, 'utf8');
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(file));
    config.users = config.users.map((user) => ({ ...user, exec: undefined }));
    return usersOf(parse(text), dirname(file));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const isSystem = typeof code === 'string' && /^E[A-Z]+$/.test(code);
    // What is wrong in a file may be quoted, with its tokens.
    if (isSystem) throw fault(cluster, `${file} can't be read (${code})`, cause);
    throw fault(cluster, `${file} is no kubeconfig`);
  }
}

function usersOf(document: unknown, folder: string): Map<string, JsonObject> {
  const list = isJsonObject(document) && Array.isArray(document['users']) ? document['users'] : [];
  const users = new Map<string, JsonObject>();
  for (const entry of list) {
    if (!isJsonObject(entry) || !isJsonObject(entry['user'])) continue;
    users.set(textOf(entry, 'name'), absolute(entry['user'], folder));
  }
  return users;
}

/** As kubectl: a command with a slash is relative to the file, one without is looked for on PATH. */
function absolute(user: JsonObject, folder: string): JsonObject {
  const { exec, tokenFile } = user;
  const command = isJsonObject(exec) ? exec['command'] : undefined;
  return {
    ...user,
    ...(typeof tokenFile === 'string' ? { tokenFile: resolve(folder, tokenFile) } : {}),
    ...(isJsonObject(exec) && typeof command === 'string' && command.includes('/')
      ? { exec: { ...exec, command: resolve(folder, command) } }
      : {}),
  };
}

/** The first file that names something wins, and so does the first current context. */
function merge(config: KubeConfig, other: KubeConfig): void {
  const isNew =
    <T extends { name: string }>(known: readonly T[]) =>
    (each: T) =>
      known.every((one) => one.name !== each.name);
  config.clusters = [...config.clusters, ...other.clusters.filter(isNew(config.clusters))];
  config.users = [...config.users, ...other.users.filter(isNew(config.users))];
  config.contexts = [...config.contexts, ...other.contexts.filter(isNew(config.contexts))];
  if (!config.currentContext) config.currentContext = other.currentContext;
}

function choose(
  config: KubeConfig,
  { name, context }: Where,
  files: string,
): { cluster: Cluster; userName: string } {
  if (context !== null) config.setCurrentContext(context);
  const wanted = config.getCurrentContext();
  const known = config.contexts.map((each) => each.name);
  if (!wanted) throw fault(name, `${files} has no current context; name one of ${list(known)}`);
  if (!known.includes(wanted))
    throw fault(name, `${files} has no context ${JSON.stringify(wanted)}, only ${list(known)}`);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null)
    throw fault(name, `the context ${wanted} of ${files} names a cluster that isn't there`);
  if (user === null) throw fault(name, `the context ${wanted} of ${files} names a user that isn't there`);
  return { cluster, userName: user.name };
}

function inCluster(
  config: KubeConfig,
  name: string,
  { env, serviceAccountDir = SERVICE_ACCOUNT_DIR }: KubeconfigOptions,
): Kubeconfig {
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  if (!host || !port)
    throw fault(name, 'in_cluster is set, but this is no pod: KUBERNETES_SERVICE_HOST isn’t there');
  const cluster: Cluster = {
    name: 'pod',
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caFile: join(serviceAccountDir, 'ca.crt'),
    skipTLSVerify: false,
  };
  config.loadFromClusterAndUser(cluster, { name: 'pod' });
  return { config, cluster, exec: null, tokenFile: join(serviceAccountDir, 'token'), asGroups: [] };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function fault(cluster: string, what: string, cause?: unknown): PlumblineError {
  return new PlumblineError('kube_config', `Cluster ${cluster}: ${what}.`, { cause });
}
