import { sameJson } from '../../../domain/canonical-json.ts';
import { valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { groupVersion, type KubeObject, metaTexts, objectAddress, objectId } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import { listAt, textAt } from './fields.ts';

/** What brings a workload back to a revision. Refused by the server when the object has changed since it was read. */
export interface RolloutUndo {
  /** The revision that is gone back to. */
  revision: number;
  /** The pod template as it will be. */
  template: JsonObject;
  /** Annotations of what keeps the revision: its controller copies those that the workload had then. */
  annotations: Readonly<Record<string, string>>;
  patch: { type: 'json' | 'strategic'; body: JsonValue };
}

const REVISION = 'deployment.kubernetes.io/revision';

/** What stays with the Deployment when its other annotations go back, too; kubectl's list. */
const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]);

/**
 * How a workload goes back to a revision of its own, by the rules of `kubectl rollout undo`
 * (https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_undo/). `previous` is the second
 * newest revision. A Deployment takes the pod template and the annotations of the ReplicaSet with that revision; a StatefulSet
 * or DaemonSet the patch that is kept in its ControllerRevision. Nothing else of the object goes back: neither replicas nor
 * labels.
 *
 * @param history ReplicaSets or ControllerRevisions; those of others are left out
 * @throws PlumblineError `rollout_unsupported` for other kinds, `rollout_paused`, `revision_not_found`, `revision_current`
 *   when the template is that revision's already
 */
export function undoRollout(
  object: KubeObject,
  history: readonly KubeObject[],
  to: number | 'previous',
): RolloutUndo {
  const revisions = revisionsOf(object, history);
  const found = pick(object, revisions, to);
  if (valueAt(object, ['spec', 'paused']) === true) {
    throw refusal('rollout_paused', object, 'its rollout is paused', 'Resume it, and try again.');
  }
  const current = valueAt(object, ['spec', 'template']);
  if (isJsonObject(current) && sameJson(comparable(current), comparable(found.template))) {
    throw refusal(
      'revision_current',
      object,
      `its pod template is that of revision ${found.revision} already`,
      `Choose another one of ${revisions.map(({ revision }) => revision).join(', ')}.`,
    );
  }
  return {
    revision: found.revision,
    template: found.template,
    annotations: metaTexts(found.holder, 'annotations'),
    patch: object.kind === 'Deployment' ? deploymentPatch(object, found) : historyPatch(object, found),
  };
}

interface Revision {
  revision: number;
  template: JsonObject;
  holder: KubeObject;
}

/** The revisions of a workload, oldest first. */
function revisionsOf(object: KubeObject, history: readonly KubeObject[]): Revision[] {
  const { group } = groupVersion(object.apiVersion);
  if (group !== 'apps' || !['Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind)) {
    throw refusal(
      'rollout_unsupported',
      object,
      'its kind has no rollout',
      'Only Deployments, StatefulSets and DaemonSets have one.',
    );
  }
  const read = object.kind === 'Deployment' ? replicaSetRevision : controllerRevision;
  return history
    .filter((item) => isControlledBy(item, object))
    .flatMap((item) => read(item) ?? [])
    .toSorted((a, b) => a.revision - b.revision);
}

function isControlledBy(item: KubeObject, owner: KubeObject): boolean {
  const uid = textAt(owner, 'metadata', 'uid');
  return (
    uid !== '' &&
    listAt(item, 'metadata', 'ownerReferences').some(
      (reference) => reference['controller'] === true && textAt(reference, 'uid') === uid,
    )
  );
}

function replicaSetRevision(holder: KubeObject): Revision | null {
  if (holder.kind !== 'ReplicaSet') return null;
  const revision = Number(metaTexts(holder, 'annotations')[REVISION]);
  const template = valueAt(holder, ['spec', 'template']);
  return Number.isSafeInteger(revision) && revision > 0 && isJsonObject(template)
    ? { revision, template: withoutHash(template), holder }
    : null;
}

function controllerRevision(holder: KubeObject): Revision | null {
  if (holder.kind !== 'ControllerRevision') return null;
  const { revision } = holder;
  const template = valueAt(holder, ['data', 'spec', 'template']);
  if (typeof revision !== 'number' || !isJsonObject(template)) return null;
  const { $patch: _, ...own } = template;
  return { revision, template: own, holder };
}

function pick(object: KubeObject, revisions: readonly Revision[], to: number | 'previous'): Revision {
  const known = revisions.map(({ revision }) => revision).join(', ');
  if (to === 'previous') {
    const previous = revisions.at(-2);
    if (previous !== undefined) return previous;
    throw refusal(
      'revision_not_found',
      object,
      'it has no earlier revision',
      revisions.length === 0 ? 'Nothing of its history is left.' : `There is only revision ${known}.`,
    );
  }
  const found = revisions.find(({ revision }) => revision === to);
  if (found !== undefined) return found;
  throw refusal(
    'revision_not_found',
    object,
    `it has no revision ${to}`,
    known === '' ? 'Nothing of its history is left.' : `Choose one of ${known}.`,
  );
}

/** Replaces template and annotations, only while the object is the one that was read. */
function deploymentPatch(object: KubeObject, { template, holder }: Revision): RolloutUndo['patch'] {
  const kept = Object.entries(metaTexts(object, 'annotations')).filter(([name]) =>
    KEPT_ANNOTATIONS.has(name),
  );
  const former = Object.entries(metaTexts(holder, 'annotations')).filter(
    ([name]) => !KEPT_ANNOTATIONS.has(name),
  );
  return {
    type: 'json',
    body: [
      // Written and not tested: the server answers that the version is another one, and not that the patch is none.
      {
        op: 'replace',
        path: '/metadata/resourceVersion',
        value: textAt(object, 'metadata', 'resourceVersion'),
      },
      { op: 'replace', path: '/spec/template', value: template },
      { op: 'add', path: '/metadata/annotations', value: Object.fromEntries([...kept, ...former]) },
    ],
  };
}

/** The kept patch, with the version that the server checks. */
function historyPatch(object: KubeObject, { holder }: Revision): RolloutUndo['patch'] {
  const data = holder['data'];
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  return {
    type: 'strategic',
    body: { ...(isJsonObject(data) ? data : {}), metadata: { resourceVersion } },
  };
}

/** The label that tells a Deployment's ReplicaSets apart; the Deployment itself never has it. */
function withoutHash(template: JsonObject): JsonObject {
  const { metadata } = template;
  if (!isJsonObject(metadata) || !isJsonObject(metadata['labels'])) return template;
  const { 'pod-template-hash': _, ...labels } = metadata['labels'];
  return { ...template, metadata: { ...metadata, labels } };
}

/** A template without nulls, which some writers leave out (`creationTimestamp`). */
function comparable(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, comparable(member)]),
  );
}

function refusal(code: string, object: KubeObject, why: string, what: string): PlumblineError {
  const address = objectAddress(objectId(object));
  return new PlumblineError(code, `${address} can't be rolled back: ${why}. ${what}`, {
    details: { address },
  });
}
