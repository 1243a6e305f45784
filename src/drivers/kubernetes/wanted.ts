import type { JsonObject } from '../../domain/json.ts';
import type { PlanProblem } from '../../domain/plan.ts';
import type { ResourceType } from '../../kube/cluster.ts';
import {
  groupVersion,
  metaTexts,
  objectAddress,
  objectId,
  type KubeObject,
  type ObjectId,
} from '../../kube/object.ts';
import { errorCode, PlumblineError } from '../../util/errors.ts';
import { foldStringData, isSecret } from './compare/normalise.ts';
import { STACK_LABEL } from './labels.ts';
import { applyRules } from './order/annotations.ts';
import { parseSyncOptions } from './order/sync-options.ts';
import type { Rendered, WantedObject } from './rendered.ts';
import type { Session } from './session.ts';

/** An object of a stack as it would be applied: in its namespace, with the stack's label. */
export interface Wanted {
  id: ObjectId;
  address: string;
  object: KubeObject;
  /** null: the cluster does not know its kind (yet). */
  type: ResourceType | null;
  from: WantedObject;
}

/** The objects of a stack, and those that can't be. */
export interface WantedObjects {
  objects: Wanted[];
  problems: PlanProblem[];
}

/** Makes what was rendered ready for its cluster. An object that can't be is a problem, and the others go on. */
export async function wantedObjects(session: Session, rendered: Rendered): Promise<WantedObjects> {
  const kinds = new KindsOfStack(rendered.objects);
  const problems: PlanProblem[] = [];
  const objects: Wanted[] = [];
  for (const from of rendered.objects) {
    const found = await inItsPlace(session, from, kinds);
    if ('code' in found) problems.push(found);
    else objects.push(found);
  }
  return { objects, problems };
}

/** Whether the objects of a kind are in a namespace; undefined when the cluster does not know it. */
export async function namespacedIn(
  { cluster, request }: Session,
  type: { group: string; version: string; kind: string },
): Promise<boolean | undefined> {
  try {
    return (await cluster.resource(type, request)).namespaced;
  } catch (error) {
    if (errorCode(error) === 'kube_unknown_kind') return undefined;
    throw error;
  }
}

/** Where an object stands, for people. */
export function placeOf({ source }: WantedObject): string {
  return source === null ? '' : `${source.file}:${source.line}`;
}

/** The custom kinds that a stack brings with it, and whether they have namespaces. */
class KindsOfStack {
  readonly #namespaced = new Map<string, boolean>();

  constructor(objects: readonly WantedObject[]) {
    for (const { object } of objects) {
      if (object.kind !== 'CustomResourceDefinition') continue;
      const spec = object['spec'] as
        | { group?: unknown; names?: { kind?: unknown }; scope?: unknown }
        | undefined;
      this.#namespaced.set(`${String(spec?.group)}/${String(spec?.names?.kind)}`, spec?.scope !== 'Cluster');
    }
  }

  /** undefined: it does not bring this kind. */
  namespaced(group: string, kind: string): boolean | undefined {
    return this.#namespaced.get(`${group}/${kind}`);
  }
}

async function inItsPlace(
  session: Session,
  from: WantedObject,
  kinds: KindsOfStack,
): Promise<Wanted | PlanProblem> {
  const { group, version } = groupVersion(from.object.apiVersion);
  const { kind } = from.object;
  let type: ResourceType | null = null;
  const brought = kinds.namespaced(group, kind);
  let namespaced = brought ?? false;
  try {
    type = await session.cluster.resource({ group, kind, version }, session.request);
    ({ namespaced } = type);
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'kube_unknown_kind') throw error;
    if (brought === undefined && skipsDryRun(session, from)) namespaced = true;
    else if (brought === undefined) {
      const address = objectAddress(objectId(from.object));
      return { address, code: error.code, message: `${error.message} (${placeOf(from) || 'rendered'})` };
    }
  }
  const namespace = namespaced ? (session.stack.namespace ?? session.defaultNamespace) : '';
  const kept = isSecret(from.object) ? foldStringData(from.object) : from.object;
  const object = withPlace(kept, session, { namespaced, namespace });
  const id = objectId(object);
  return { id, address: objectAddress(id), object, type, from };
}

/**
 * Whether a kind that the cluster does not serve may come later, e.g. from a controller that the stack installs: then it is
 * waited for when it is written. Such an object is taken for one in a namespace.
 */
function skipsDryRun({ stack }: Session, { object, hook }: WantedObject): boolean {
  const { options } = parseSyncOptions(stack.syncOptions, 'stack');
  return applyRules({ object, hook }, options).rules.skipDryRunOnMissingResource;
}

function withPlace(
  object: KubeObject,
  { stackId }: Session,
  { namespaced, namespace }: { namespaced: boolean; namespace: string },
): KubeObject {
  const { namespace: own, labels: _, ...metadata } = object.metadata;
  const labels: JsonObject = { ...metaTexts(object, 'labels'), [STACK_LABEL]: stackId };
  const place: JsonObject = namespaced
    ? { namespace: typeof own === 'string' && own !== '' ? own : namespace }
    : {};
  return { ...object, metadata: { ...metadata, ...place, labels, name: object.metadata.name } };
}
