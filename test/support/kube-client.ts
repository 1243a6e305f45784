import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request as send } from 'node:https';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import {
  kubeconfigOf,
  type ClusterFacts,
  type KubeconfigChoices,
} from '../../src/local/kube-cluster/kubeconfig.ts';
import { waitFor } from './wait-for.ts';

export type { ClusterFacts };

/** What the API server has noted of a request; the field names are Kubernetes’ own. */
export interface AuditEvent {
  auditID: string;
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string; groups?: string[] };
  impersonatedUser?: { username: string; groups?: string[] };
  userAgent?: string;
  objectRef?: {
    resource: string;
    apiGroup?: string;
    namespace?: string;
    name?: string;
    subresource?: string;
  };
  responseStatus?: { code: number; reason?: string };
  /** Of writes, but not of Secrets. */
  requestObject?: JsonValue;
}

/** An answer of the API server. */
export interface RawAnswer {
  status: number;
  text: string;
  /** The text as JSON; null when it is none. */
  body: JsonObject | null;
}

/** How a raw request is made. */
export interface RawOptions {
  body?: unknown;
  /** `application/json` unless given. */
  contentType?: string;
  /** The admin’s unless given. */
  token?: string;
  headers?: Record<string, string>;
}

/** A real API server with its controllers, for one or many test files. */
export interface TestCluster extends ClusterFacts {
  /** Writes a kubeconfig and returns its path. */
  kubeconfig(path: string, options?: KubeconfigChoices): Promise<string>;
  /** A request past all of the product’s code. */
  request(method: string, path: string, options?: RawOptions): Promise<RawAnswer>;
  /** As `request`. @throws Error for an answer that is no success */
  must(method: string, path: string, options?: RawOptions): Promise<JsonObject>;
  /** All requests that were answered before this call, in their order. */
  auditLog(): Promise<AuditEvent[]>;
  /** Makes a namespace that nobody else has, and waits until the controllers have given it what each namespace gets. */
  namespace(prefix: string): Promise<string>;
  /** Makes a service account with these rights, and a token for it; cluster-wide where `namespace` of a rule says so. */
  account(namespace: string, rules: readonly AccountRule[]): Promise<{ user: string; token: string }>;
}

export type { KubeconfigChoices };

/** A right of an account, in the words of RBAC. */
export interface AccountRule {
  apiGroups?: readonly string[];
  resources?: readonly string[];
  nonResourceURLs?: readonly string[];
  verbs: readonly string[];
  /** Everywhere, and not only in the account’s namespace. */
  clusterWide?: boolean;
}

/** Speaks to the cluster that the facts name. */
export function testCluster(facts: ClusterFacts): TestCluster {
  // Connections are not kept: the server ends those that were idle, just when they would be used again.
  const agent = new Agent({ keepAlive: false, ca: readFileSync(facts.caFile) });
  const request: TestCluster['request'] = async (method, path, options = {}) =>
    await sendRaw(agent, facts, method, path, options);
  const must: TestCluster['must'] = async (method, path, options) => {
    const { status, text, body } = await request(method, path, options);
    if (status < 300 && body !== null) return body;
    throw new Error(`${method} ${path} was answered with ${status}: ${text.slice(0, 1000)}`);
  };
  return {
    ...facts,
    request,
    must,
    kubeconfig: async (path, options = {}) => {
      await writeFile(path, JSON.stringify(kubeconfigOf(facts, options)), { mode: 0o600 });
      return path;
    },
    auditLog: async () => await readAudit(facts, request),
    namespace: async (prefix) => await makeNamespace(prefix, request, must),
    account: async (namespace, rules) => await makeAccount(namespace, rules, must),
  };
}

async function sendRaw(
  agent: Agent,
  facts: ClusterFacts,
  method: string,
  path: string,
  { body, contentType = 'application/json', token = facts.adminToken, headers }: RawOptions,
): Promise<RawAnswer> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const outgoing = send(
      new URL(path, facts.url),
      {
        method,
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          'user-agent': 'test-support',
          ...(sent === undefined
            ? {}
            : { 'content-type': contentType, 'content-length': Buffer.byteLength(sent) }),
          ...headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: answer.statusCode ?? 0, text, body: asJson(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(sent);
  });
}

function asJson(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return null;
  }
}

/** The log is written after the answer, so a request that is known to be the last is waited for. */
async function readAudit(facts: ClusterFacts, request: TestCluster['request']): Promise<AuditEvent[]> {
  const marker = `/api/v1/namespaces/default/configmaps/marker-${randomUUID()}`;
  await request('GET', marker);
  return await waitFor('the audit log', async () => {
    const lines = (await readFile(facts.auditFile, 'utf8')).split('\n').slice(0, -1);
    if (!lines.some((line) => line.includes(marker))) return undefined;
    const events = lines.map((line) => JSON.parse(line) as AuditEvent);
    return events.filter((event) => event.userAgent !== 'test-support');
  });
}

async function makeNamespace(
  prefix: string,
  request: TestCluster['request'],
  must: TestCluster['must'],
): Promise<string> {
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  await must('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  await waitFor(`the namespace ${name}`, async () => {
    const [account, authority] = await Promise.all([
      request('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`),
      request('GET', `/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`),
    ]);
    return account.status === 200 && authority.status === 200;
  });
  return name;
}

async function makeAccount(
  namespace: string,
  rules: readonly AccountRule[],
  must: TestCluster['must'],
): Promise<{ user: string; token: string }> {
  const name = `account-${randomUUID().slice(0, 8)}`;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await must('POST', accounts, { body: { metadata: { name } } });
  for (const clusterWide of [false, true]) {
    const own = rules.filter((rule) => (rule.clusterWide ?? false) === clusterWide);
    if (own.length === 0) continue;
    const [role, binding, home] = clusterWide
      ? ['ClusterRole', 'clusterrolebindings', '/apis/rbac.authorization.k8s.io/v1']
      : ['Role', 'rolebindings', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`];
    const metadata = { name: `${namespace}-${name}` };
    const written = own.map(({ clusterWide: _clusterWide, ...rule }) => rule);
    await must('POST', `${home}/${role.toLowerCase()}s`, { body: { metadata, rules: written } });
    await must('POST', `${home}/${binding}`, {
      body: {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role, name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    });
  }
  const answer = await must('POST', `${accounts}/${name}/token`, { body: { spec: {} } });
  const { token } = answer['status'] as { token: string };
  return { user: `system:serviceaccount:${namespace}:${name}`, token };
}
