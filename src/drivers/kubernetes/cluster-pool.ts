import type { Cluster, ClusterSettings } from '../../kube/cluster.ts';

type Env = Readonly<Record<string, string>>;
type Open = (settings: ClusterSettings, options: { env: Env }) => Promise<Cluster>;

/** The clusters of one process: each is connected once, whoever plans in it. */
export interface ClusterPool {
  /** @throws PlumblineError as `openCluster`; a cluster that could not be opened is tried again by the next caller */
  get(settings: ClusterSettings, env: Env): Promise<Cluster>;
}

/** Connections by their settings: a config that changes them gets new ones. Idle connections keep no process alive. */
export function createClusterPool(open: Open): ClusterPool {
  const clusters = new Map<string, { key: string; cluster: Promise<Cluster> }>();
  return {
    get: async (settings, env) => {
      const key = JSON.stringify(settings);
      const known = clusters.get(settings.name);
      if (known?.key === key) return await known.cluster;
      const cluster = open(settings, { env });
      clusters.set(settings.name, { key, cluster });
      // Whoever still works with the earlier connections keeps them until they are done.
      void known?.cluster.then((earlier) => earlier.close()).catch(() => undefined);
      try {
        return await cluster;
      } catch (error) {
        if (clusters.get(settings.name)?.cluster === cluster) clusters.delete(settings.name);
        throw error;
      }
    },
  };
}
