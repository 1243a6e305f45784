import type { WatchEvent } from './cluster.ts';
import { textOf } from './fields.ts';
import type { KubeObject } from './object.ts';

/** What a watch has told of so far: as little of each object as is needed to tell what a later list has changed. */
export interface KnownObjects {
  /** What became different between what is known and a complete list. */
  replaceAll(items: readonly KubeObject[]): WatchEvent[];
  /** What a line of the watch means; null when it is known already. */
  apply(type: string, object: KubeObject): WatchEvent | null;
}

interface Known {
  uid: unknown;
  version: unknown;
  /** What is left of an object that was deleted while nobody looked. */
  remains: KubeObject;
}

/** Begins with nothing known. */
export function createKnownObjects(): KnownObjects {
  const known = new Map<string, Known>();

  const judge = (object: KubeObject): WatchEvent | null => {
    const before = known.get(keyOf(object));
    const now = knownOf(object);
    known.set(keyOf(object), now);
    if (before === undefined) return { type: 'added', object };
    return before.uid === now.uid && before.version === now.version ? null : { type: 'modified', object };
  };
  return {
    replaceAll: (items) => {
      const left = new Map(known);
      for (const item of items) left.delete(keyOf(item));
      for (const key of left.keys()) known.delete(key);
      const gone = [...left.values()].map(({ remains }): WatchEvent => ({
        type: 'deleted',
        object: remains,
      }));
      const changed = items.map(judge).filter((event) => event !== null);
      return [...gone, ...changed];
    },
    apply: (type, object) => {
      if (type === 'DELETED') {
        known.delete(keyOf(object));
        return { type: 'deleted', object };
      }
      return type === 'ADDED' || type === 'MODIFIED' ? judge(object) : null;
    },
  };
}

function keyOf({ metadata }: KubeObject): string {
  return `${textOf(metadata, 'namespace')}/${metadata.name}`;
}

function knownOf({ apiVersion, kind, metadata }: KubeObject): Known {
  const { name, namespace, uid, resourceVersion } = metadata;
  const remains = {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
  return { uid, version: resourceVersion, remains };
}
