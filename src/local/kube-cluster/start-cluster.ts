import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolResolver } from '../../drivers/driver.ts';
import { freePort } from '../../util/free-port.ts';
import { kubeconfigOf, type ClusterFacts } from './kubeconfig.ts';
import { startServer, type ServerProgram } from './server-program.ts';

/** Ports are free when they are chosen, and may be another's when they are used. */
const ATTEMPTS = 3;

/** What is logged of whom: writes with what was written, except where that is secret; of Plumbline’s reads that they were. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', users: ['system:kube-controller-manager'], verbs: ['get', 'list', 'watch'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }] },
    { level: 'None', nonResourceURLs: ['/readyz', '/livez', '/healthz'] },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io' },
      ],
    },
    { level: 'Request', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
};

/** The programs of a cluster, by path. */
export interface ClusterPrograms {
  etcd: string;
  apiServer: string;
  controllers: string;
}

/** A cluster of this machine, without nodes. */
export interface LocalCluster {
  facts: ClusterFacts;
  /** What it keeps; removed with it. */
  folder: string;
  /** The API server alone, to be stopped and started again with its data and its port. */
  apiServer: { stop(): Promise<void>; start(): Promise<void> };
  /** Ends all that was started and removes its folder. Safe to call again. */
  stop(): Promise<void>;
}

/** Finds the programs of a cluster, or has them built (four minutes, once). @throws PlumblineError as the resolver */
export async function clusterPrograms(
  resolve: ToolResolver,
  options: { signal?: AbortSignal } = {},
): Promise<ClusterPrograms> {
  const path = async (name: string) => (await resolve(name, undefined, options)).path;
  return {
    etcd: await path('etcd'),
    apiServer: await path('kube-apiserver'),
    controllers: await path('kube-controller-manager'),
  };
}

/**
 * Starts etcd, an API server with RBAC and an audit log, and the controllers (garbage collection, namespaces, Deployments,
 * quotas), on free ports of 127.0.0.1 with a folder of their own. There are no nodes: Pods stay pending. What was started is
 * ended and removed when the start fails or is cancelled.
 * @throws PlumblineError `cluster_failed`
 */
export async function startLocalCluster(
  programs: ClusterPrograms,
  options: { signal?: AbortSignal } = {},
): Promise<LocalCluster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(programs, options.signal);
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce(programs: ClusterPrograms, signal: AbortSignal | undefined): Promise<LocalCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-kube-'));
  const started = new Map<string, ServerProgram>();
  const stop = async () => {
    for (const program of [...started.values()].toReversed()) await program.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = (name: string, path: string, args: readonly string[]): ServerProgram => {
    const program = startServer(name, path, args, join(folder, `${name}.log`));
    started.set(name, program);
    return program;
  };
  try {
    const etcdUrl = await startEtcd(folder, programs.etcd, start, signal);
    const port = await freePort();
    const { facts, controllerToken } = await writeCluster(folder, port);
    const startApiServer = async () => {
      const server = start('kube-apiserver', programs.apiServer, apiServerArgs(folder, port, etcdUrl));
      await server.untilReady(async () => await answers(facts, '/readyz'), signal);
    };
    await startApiServer();
    await startControllers(folder, facts, { controllerToken, path: programs.controllers, start, signal });
    const apiServer = {
      stop: async () => await started.get('kube-apiserver')?.stop(),
      start: startApiServer,
    };
    return { facts, folder, apiServer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Start = (name: string, path: string, args: readonly string[]) => ServerProgram;

async function startEtcd(
  folder: string,
  path: string,
  start: Start,
  signal: AbortSignal | undefined,
): Promise<string> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  const etcd = start('etcd', path, [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ]);
  await etcd.untilReady(async () => (await fetch(`${url}/health`)).ok, signal);
  return url;
}

/** The files of the API server: who may come in, its key for service accounts, what is logged. */
async function writeCluster(
  folder: string,
  port: number,
): Promise<{ facts: ClusterFacts; controllerToken: string }> {
  const adminToken = randomBytes(24).toString('base64url');
  const controllerToken = randomBytes(24).toString('base64url');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'sec1', format: 'pem' });
  const tokens = [
    `${adminToken},admin,admin,"system:masters"`,
    `${controllerToken},system:kube-controller-manager,controllers,"system:masters"`,
  ];
  await mkdir(join(folder, 'certs'));
  await writeFile(join(folder, 'tokens.csv'), `${tokens.join('\n')}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'accounts.key'), key, { mode: 0o600 });
  await writeFile(join(folder, 'audit-policy.json'), JSON.stringify(AUDIT_POLICY));
  const facts: ClusterFacts = {
    url: `https://127.0.0.1:${port}`,
    caFile: join(folder, 'certs', 'apiserver.crt'),
    adminToken,
    auditFile: join(folder, 'audit.log'),
  };
  return { facts, controllerToken };
}

function apiServerArgs(folder: string, port: number, etcdUrl: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${join(folder, 'certs')}`,
    `--service-account-key-file=${join(folder, 'accounts.key')}`,
    `--service-account-signing-key-file=${join(folder, 'accounts.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--audit-policy-file=${join(folder, 'audit-policy.json')}`,
    `--audit-log-path=${join(folder, 'audit.log')}`,
    '--audit-log-mode=blocking',
    '--profiling=false',
  ];
}

async function startControllers(
  folder: string,
  facts: ClusterFacts,
  how: { controllerToken: string; path: string; start: Start; signal: AbortSignal | undefined },
): Promise<void> {
  const { controllerToken: token, path, start, signal } = how;
  const kubeconfig = join(folder, 'controllers.kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(facts, { token })), { mode: 0o600 });
  const controllers = start('kube-controller-manager', path, [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(folder, 'accounts.key')}`,
    `--root-ca-file=${facts.caFile}`,
    '--controllers=*,-node-ipam-controller',
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--profiling=false',
  ]);
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  await controllers.untilReady(async () => await answers(facts, account), signal);
}

/** The certificate is made by the API server itself, so it can't be asked before that is there. */
async function answers({ url, caFile, adminToken }: ClusterFacts, path: string): Promise<boolean> {
  const ca = await readFile(caFile);
  return await new Promise((resolve, reject) => {
    const asking = request(new URL(path, url), { ca, headers: { authorization: `Bearer ${adminToken}` } });
    asking.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.on('error', reject);
    asking.end();
  });
}
