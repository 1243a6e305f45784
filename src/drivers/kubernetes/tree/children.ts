import { groupVersion, objectAddress, objectId, type KubeObject } from '../../../kube/object.ts';
import { kindName } from '../../../kube/paths.ts';
import { listAt, numberAt, textAt } from '../health/fields.ts';

/** An object in its place under the one that owns it. */
export interface Child {
  address: string;
  parent: string;
  object: KubeObject;
}

/**
 * The objects that others have made, at whatever remove, by their ownerReferences: parents before their children, those of one
 * parent by address. A ReplicaSet of an earlier revision, which has nothing any more, is left out.
 * @param roots the owners to begin with, by UID
 */
export function childrenOf(roots: ReadonlyMap<string, string>, objects: readonly KubeObject[]): Child[] {
  const byOwner = Map.groupBy(objects, ownerUid);
  const children: Child[] = [];
  const seen = new Set<string>(roots.keys());
  const visit = (owner: string, parent: string): boolean => {
    const own = (byOwner.get(owner) ?? [])
      .map((object) => ({ object, address: objectAddress(objectId(object)) }))
      .toSorted((a, b) => (a.address < b.address ? -1 : 1));
    for (const { object, address } of own) {
      const uid = uidOf(object);
      if (seen.has(uid)) continue;
      seen.add(uid);
      const at = children.push({ address, parent, object });
      const hasChildren = visit(uid, address);
      if (!hasChildren && isEarlierRevision(object)) children.splice(at - 1, 1);
    }
    return own.length > 0;
  };
  for (const [uid, address] of roots) visit(uid, address);
  return children;
}

/** The UID of an object; empty where it has none. */
export function uidOf(object: KubeObject): string {
  return textAt(object, 'metadata', 'uid');
}

/** The owner that controls it, else the first of its owners. */
function ownerUid(object: KubeObject): string {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  return owner === undefined ? '' : textAt(owner, 'uid');
}

function isEarlierRevision(object: KubeObject): boolean {
  const name = kindName({ ...groupVersion(object.apiVersion), kind: object.kind });
  return name === 'ReplicaSet.apps' && numberAt(object, ['spec', 'replicas'], 1) === 0;
}
