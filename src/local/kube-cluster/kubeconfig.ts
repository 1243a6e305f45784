import type { JsonObject } from '../../domain/json.ts';

/** Where a cluster of this machine is, as one process tells another. */
export interface ClusterFacts {
  /** `https://127.0.0.1:…`. */
  url: string;
  /** The certificate of its authority (PEM). */
  caFile: string;
  /** The token of `admin`, who is of `system:masters`. */
  adminToken: string;
  auditFile: string;
}

/** What a kubeconfig says otherwise than that the admin goes straight to the cluster. */
export interface KubeconfigChoices {
  token?: string;
  namespace?: string;
  server?: string;
}

/** A kubeconfig (JSON is YAML) for the cluster's admin, unless somebody else's token is given. */
export function kubeconfigOf(
  facts: ClusterFacts,
  { token = facts.adminToken, namespace, server = facts.url }: KubeconfigChoices,
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': facts.caFile } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [
      {
        name: 'test',
        context: { cluster: 'test', user: 'user', ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    'current-context': 'test',
  };
}
