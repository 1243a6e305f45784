import { join } from 'node:path';
import { sharedCluster } from './kube-shared.ts';

/** Options of the Kubernetes driver for stacks of the shared cluster, in a namespace that nobody else has. */
export async function optionsOnSharedCluster(folder: string): Promise<{
  clusters: { name: string; kubeconfig: string }[];
  namespace: string;
  stacks: { path: string; namespace: string }[];
}> {
  const cluster = await sharedCluster();
  const namespace = await cluster.namespace('contract');
  const kubeconfig = await cluster.kubeconfig(join(folder, `${namespace}.kubeconfig`), { namespace });
  return {
    clusters: [{ name: 'test', kubeconfig }],
    namespace: `${namespace}-inventory`,
    stacks: [{ path: '**', namespace }],
  };
}
