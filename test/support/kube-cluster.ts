import { clusterPrograms, startLocalCluster } from '../../src/local/kube-cluster/start-cluster.ts';
import { testCluster, type ClusterFacts, type TestCluster } from './kube-client.ts';
import { testToolchain, type Progress } from './tools.ts';

/** A cluster that its starter owns. */
export interface OwnCluster extends TestCluster {
  facts: ClusterFacts;
  /** The API server alone, to be stopped and started again with its data and its port. */
  apiServer: { stop(): Promise<void>; start(): Promise<void> };
  /** Ends all that was started and removes its folder. Safe to call again. */
  stop(): Promise<void>;
}

/** Finds the programs of a cluster, or builds them (four minutes, once). */
export async function kubePrograms(onProgress?: Progress) {
  return await clusterPrograms(testToolchain(onProgress).resolve);
}

/** Starts a cluster without nodes; see `startLocalCluster`. */
export async function startKubeCluster(
  options: { signal?: AbortSignal; onProgress?: Progress } = {},
): Promise<OwnCluster> {
  const { signal, onProgress } = options;
  const programs = await kubePrograms(onProgress);
  const cluster = await startLocalCluster(programs, signal === undefined ? {} : { signal });
  return { ...cluster, ...testCluster(cluster.facts) };
}
