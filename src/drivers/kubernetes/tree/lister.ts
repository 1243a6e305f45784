import type { ResourceType } from '../../../kube/cluster.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { kindName } from '../../../kube/paths.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type { Session } from '../session.ts';
import { listMetadata } from './metadata-list.ts';

/** Kinds of which only the metadata is read: what is in them is nobody's business here. */
const UNREAD: ReadonlySet<string> = new Set(['Secret', 'ConfigMap']);
/** What keeps one kind from being listed, and nothing else. */
const PASSED_OVER: ReadonlySet<string> = new Set(['kube_forbidden', 'kube_unknown_kind', 'kube_not_found']);

/** Lists objects of many types and namespaces; a type that may not be listed is a note, and the others are. */
export interface Lister {
  /** Whole objects, but for those of `UNREAD`. */
  objects(types: readonly ResourceType[], namespaces: readonly string[]): Promise<KubeObject[]>;
  metadata(types: readonly ResourceType[], namespaces: readonly string[]): Promise<KubeObject[]>;
  /** What could not be listed, each once. */
  notes(): string[];
}

/** Makes the lister of one look at a stack. */
export function createLister({ cluster, request }: Session): Lister {
  const notes = new Set<string>();
  const whole = (type: ResourceType, namespace: string) => cluster.list(type, { ...request, namespace });
  const meta = (type: ResourceType, namespace: string) =>
    listMetadata(cluster, type, { ...request, namespace });
  const listed = async (
    types: readonly ResourceType[],
    namespaces: readonly string[],
    list: (type: ResourceType, namespace: string) => Promise<KubeObject[]>,
  ): Promise<KubeObject[]> => {
    const lists = types.flatMap((type) =>
      namespaces.map(async (namespace) => {
        try {
          return await list(type, namespace);
        } catch (error) {
          if (!(error instanceof PlumblineError) || !PASSED_OVER.has(errorCode(error)!)) throw error;
          notes.add(`${kindName(type)} in ${namespace} could not be listed: ${error.message}`);
          return [];
        }
      }),
    );
    return (await Promise.all(lists)).flat();
  };
  return {
    objects: async (types, namespaces) =>
      await listed(types, namespaces, (type, namespace) =>
        UNREAD.has(kindName(type)) ? meta(type, namespace) : whole(type, namespace),
      ),
    metadata: async (types, namespaces) => await listed(types, namespaces, meta),
    notes: () => [...notes].toSorted(),
  };
}
