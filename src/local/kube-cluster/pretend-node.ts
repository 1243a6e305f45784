import type { Cluster } from '../../kube/cluster.ts';
import { objectOf, objectsOf, textOf } from '../../kube/fields.ts';
import { objectId, type KubeObject } from '../../kube/object.ts';
import { objectPath } from '../../kube/paths.ts';
import { errorCode } from '../../util/errors.ts';

/**
 * Says of every pod of a cluster without nodes that it runs and is ready, as a node would once its containers run: so
 * Deployments and the like get on. Nothing runs. Goes on until the signal ends it.
 * @throws PlumblineError for what does not pass by itself, as `Cluster.watch`
 */
export async function pretendNode(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const type = await cluster.resource({ group: '', kind: 'Pod' }, { signal });
  const watching = cluster.watch(type, {
    signal,
    onEvent: async (event) => {
      if (event.type === 'synced' || event.type === 'deleted' || isRunning(event.object)) return;
      const path = `${objectPath(type, objectId(event.object))}/status`;
      const contentType = 'application/merge-patch+json';
      await cluster
        .request({ method: 'PATCH', path, contentType, body: { status: running(event.object) }, signal })
        .catch((error: unknown) => {
          // It may have been deleted, or somebody else has said so meanwhile.
          if (!['kube_not_found', 'kube_conflict'].includes(errorCode(error) ?? '')) throw error;
        });
    },
  });
  await watching.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function isRunning({ status, metadata }: KubeObject): boolean {
  const phase =
    typeof status === 'object' && status !== null && !Array.isArray(status) ? status['phase'] : '';
  return phase === 'Running' || metadata['deletionTimestamp'] !== undefined;
}

function running(pod: KubeObject) {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: now });
  const containers = objectsOf(objectOf(pod, 'spec')['containers']);
  return {
    phase: 'Running',
    startTime: now,
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(condition),
    containerStatuses: containers.map((container) => ({
      name: textOf(container, 'name'),
      image: textOf(container, 'image'),
      imageID: '',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    })),
  };
}
