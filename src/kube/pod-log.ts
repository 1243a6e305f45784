import type { RequestOptions } from './cluster.ts';
import type { ObjectId } from './object.ts';
import { objectPath } from './paths.ts';
import type { Transport } from './transport.ts';

/** A log is read as far as it goes now, and nobody waits for a kubelet longer. */
const LONGEST_MS = 10_000;
const MOST_BYTES = 256 * 1024;

const PODS = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] };

/** The last lines of a container's log; see `Cluster.podLog`. */
export async function readPodLog(
  transport: Transport,
  pod: Pick<ObjectId, 'namespace' | 'name'>,
  { container, lines, ...options }: RequestOptions & { container: string; lines: number },
): Promise<string> {
  const chunks = await transport.stream(
    {
      method: 'GET',
      path: `${objectPath(PODS, pod)}/log`,
      query: { container, tailLines: String(lines), limitBytes: String(MOST_BYTES) },
      accept: '*/*',
      lifeMs: LONGEST_MS,
      ...options,
    },
    `the log of ${pod.namespace}/Pod/${pod.name}`,
  );
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}
