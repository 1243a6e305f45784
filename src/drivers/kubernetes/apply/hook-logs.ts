import { objectId, type KubeObject } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import { listAt, textAt } from '../health/fields.ts';
import { relatedTo } from '../related.ts';
import type { Session } from '../session.ts';
import type { ApplyLog } from './apply-log.ts';

const MOST_PODS = 5;
const LINES = 200;

/**
 * Writes what a hook's containers have said into the log of the apply, before the hook is deleted with it. A log that can't be
 * read is said, and changes nothing of what became of the hook.
 */
export async function keepHookLogs(session: Session, hook: KubeObject, log: ApplyLog): Promise<void> {
  const isPod = hook.kind === 'Pod' && hook.apiVersion === 'v1';
  const pods = isPod ? [hook] : (await relatedTo(session, hook)).pods;
  for (const pod of pods.slice(0, MOST_PODS)) {
    const containers = ['initContainers', 'containers'].flatMap((field) => listAt(pod, 'spec', field));
    for (const container of containers) await keepLog(session, pod, textAt(container, 'name'), log);
  }
}

async function keepLog(
  { cluster, request }: Session,
  pod: KubeObject,
  container: string,
  log: ApplyLog,
): Promise<void> {
  const { name } = pod.metadata;
  // Of such a pod the API server answers an empty log.
  if (textAt(pod, 'spec', 'nodeName') === '')
    return await log.line(`[${name}/${container}] has no log: no node has run it`);
  try {
    const text = await cluster.podLog(objectId(pod), { ...request, container, lines: LINES });
    for (const line of text.split('\n')) if (line !== '') await log.line(`[${name}/${container}] ${line}`);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    await log.line(`[${name}/${container}] its log can't be read: ${error.message}`);
  }
}
