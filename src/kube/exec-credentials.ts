import type { Cluster } from '@kubernetes/client-node';
import { z } from 'zod';
import { PlumblineError } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import type { Kubeconfig } from './kubeconfig.ts';

const TIMEOUT_MS = 60_000;
const GRACE_MS = 2000;

/** What a plugin gave. */
export interface ExecCredential {
  token: string | null;
  /** PEM; both or none. */
  cert: string | null;
  key: string | null;
}

/** The credentials of a kubeconfig's exec plugin, kept until they run out. */
export interface ExecCredentials {
  /** @throws PlumblineError `kube_unauthorized` when the plugin fails, without what it printed */
  get(signal: AbortSignal): Promise<ExecCredential>;
}

/** `users[].user.exec` of a kubeconfig, v1 and v1beta1. */
const pluginSchema = z.object({
  apiVersion: z.string().default('client.authentication.k8s.io/v1'),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().nullish(),
});
type Plugin = z.infer<typeof pluginSchema>;

const answerSchema = z.object({
  status: z.object({
    expirationTimestamp: z.string().optional(),
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
  }),
});

/**
 * The exec plugin of a kubeconfig. Run here and not by the client library, which hands the whole environment of this process
 * to it, and waits for it with the process standing still.
 * @param env the plugin's environment, besides what the kubeconfig sets for it
 * @throws PlumblineError `kube_config` when the entry can't be understood
 */
export function createExecCredentials(
  cluster: string,
  { exec: entry, cluster: target }: Pick<Kubeconfig, 'exec' | 'cluster'>,
  env: Readonly<Record<string, string>>,
): ExecCredentials | null {
  if (entry === null) return null;
  const plugin = pluginSchema.safeParse(entry);
  if (!plugin.success)
    throw new PlumblineError(
      'kube_config',
      `Cluster ${cluster}: the exec plugin of its kubeconfig can't be understood (${z.prettifyError(plugin.error)}).`,
    );
  const info = infoOf(plugin.data, target);
  let kept: { credential: ExecCredential; until: number } | undefined;
  return {
    get: async (signal) => {
      if (kept !== undefined && Date.now() < kept.until) return kept.credential;
      kept = await runPlugin(cluster, plugin.data, { ...env, KUBERNETES_EXEC_INFO: info }, signal);
      return kept.credential;
    },
  };
}

/** What plugins are told, as `client.authentication.k8s.io` has it. Nobody is there to be asked. */
function infoOf({ apiVersion, provideClusterInfo }: Plugin, cluster: Cluster): string {
  const told =
    provideClusterInfo === true
      ? {
          cluster: {
            server: cluster.server,
            ...(cluster.caData === undefined ? {} : { 'certificate-authority-data': cluster.caData }),
            ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
            'insecure-skip-tls-verify': cluster.skipTLSVerify,
          },
        }
      : {};
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...told } });
}

async function runPlugin(
  cluster: string,
  { command, args, env }: Plugin,
  base: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ credential: ExecCredential; until: number }> {
  const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  try {
    const { stdout } = await exec(command, args ?? [], {
      cwd: '/',
      env: { ...base, ...own },
      timeoutMs: TIMEOUT_MS,
      graceMs: GRACE_MS,
      signal,
      // What a plugin prints may be a secret.
      redact: (text) => text,
    });
    const { status } = answerSchema.parse(JSON.parse(stdout));
    const expires = Date.parse(status.expirationTimestamp ?? '');
    return {
      credential: {
        token: status.token ?? null,
        cert: status.clientCertificateData ?? null,
        key: status.clientKeyData ?? null,
      },
      until: Number.isNaN(expires) ? Infinity : expires,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw pluginFailed(cluster, command, error);
  }
}

function pluginFailed(cluster: string, command: string, error: unknown): PlumblineError {
  const why =
    error instanceof PlumblineError
      ? { exec_not_found: 'there is no such program', exec_timeout: 'it took too long' }[error.code]
      : 'it gave no ExecCredential';
  const code = error instanceof PlumblineError ? error.details['exitCode'] : undefined;
  const reason = why ?? (typeof code === 'number' ? `it failed with exit code ${code}` : 'it failed');
  return new PlumblineError(
    'kube_unauthorized',
    `Cluster ${cluster}: the exec plugin ${command} of its kubeconfig gives no credentials: ${reason}. Run it by hand; what it prints isn't shown here.`,
    { details: { cluster, command } },
  );
}
