import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, ClusterSettings } from '../../src/kube/cluster.ts';
import { openCluster, type OpenOptions } from '../../src/kube/open-cluster.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import type { KubeconfigChoices, TestCluster } from './kube-client.ts';

/** Settings of a cluster. */
export function clusterSettings(changes: Partial<ClusterSettings> = {}): ClusterSettings {
  return {
    name: 'homelab',
    kubeconfig: null,
    context: null,
    inCluster: false,
    timeoutMs: 30_000,
    maxInFlight: 16,
    ...changes,
  };
}

/** Opens clusters for a test file, and closes them with their folder. */
export interface Opener {
  folder: string;
  /** The cluster as the product sees it, by a kubeconfig with the admin's token unless another is given. */
  open(
    cluster: TestCluster,
    changes?: Partial<ClusterSettings> & KubeconfigChoices,
    options?: Partial<OpenOptions>,
  ): Promise<Cluster>;
  close(): Promise<void>;
}

/** Makes an opener with a folder of its own. */
export async function anOpener(): Promise<Opener> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-kubeconfig-'));
  const opened: Cluster[] = [];
  return {
    folder,
    open: async (cluster, { token, namespace, server, ...changes } = {}, options = {}) => {
      const path = join(folder, `${opened.length}.kubeconfig`);
      const choices = { token, namespace, server };
      const given = Object.entries(choices).filter(([, value]) => value !== undefined);
      const kubeconfig = await cluster.kubeconfig(path, Object.fromEntries(given));
      const settings = clusterSettings({ kubeconfig, ...changes });
      const made = await openCluster(settings, { env: baseEnv(process.env), ...options });
      opened.push(made);
      return made;
    },
    close: async () => {
      for (const cluster of opened) await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
