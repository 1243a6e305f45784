import { matchesGlob } from '../../../domain/glob.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { placeOf } from './place.ts';

/** Fields that can't be changed once the object is there, as globs over JSON pointers. */
interface Immutable {
  kinds: readonly string[];
  fields: readonly string[];
  /** Parts of `fields` that can be changed all the same. */
  except?: readonly string[];
  /** Only where this holds. */
  when?: (live: KubeObject) => boolean;
}

/** Source: the validation of updates in the API server of Kubernetes, and its documentation. */
const IMMUTABLE: readonly Immutable[] = [
  { kinds: ['Deployment', 'ReplicaSet', 'DaemonSet'], fields: ['/spec/selector*'] },
  {
    kinds: ['StatefulSet'],
    fields: ['/spec/*'],
    except: [
      '/spec/replicas',
      '/spec/ordinals*',
      '/spec/template*',
      '/spec/updateStrategy*',
      '/spec/revisionHistoryLimit',
      '/spec/persistentVolumeClaimRetentionPolicy*',
      '/spec/minReadySeconds',
    ],
  },
  {
    kinds: ['Job'],
    fields: ['/spec/template*', '/spec/selector*', '/spec/completionMode', '/spec/podFailurePolicy*'],
  },
  {
    kinds: ['PersistentVolumeClaim'],
    fields: ['/spec/*'],
    except: ['/spec/resources*', '/spec/volumeAttributesClassName', '/spec/volumeName'],
  },
  {
    kinds: ['StorageClass'],
    fields: ['/provisioner', '/parameters*', '/reclaimPolicy', '/volumeBindingMode'],
  },
  { kinds: ['RoleBinding', 'ClusterRoleBinding'], fields: ['/roleRef*'] },
  { kinds: ['Secret'], fields: ['/type'] },
  {
    kinds: ['Secret', 'ConfigMap'],
    fields: ['/data*', '/binaryData*', '/immutable'],
    when: (live) => live['immutable'] === true,
  },
  { kinds: ['IngressClass'], fields: ['/spec/controller'] },
  { kinds: ['PriorityClass'], fields: ['/value', '/preemptionPolicy'] },
  { kinds: ['RuntimeClass'], fields: ['/handler'] },
  { kinds: ['CustomResourceDefinition'], fields: ['/spec/scope', '/spec/group', '/spec/names/kind'] },
  {
    kinds: ['Pod'],
    fields: ['/spec*'],
    except: [
      '/spec/containers/*/image',
      '/spec/initContainers/*/image',
      '/spec/activeDeadlineSeconds',
      '/spec/tolerations*',
      '/spec/schedulingGates*',
    ],
  },
];

/**
 * Those of the pointers that name fields which can't be changed in place.
 * @param refused fields by which the server refused the change (`spec.selector`), where it was asked
 */
export function immutablePointers(
  live: KubeObject,
  pointers: readonly string[],
  refused: readonly string[] = [],
): string[] {
  const asked = refused.map(
    (field) => `/${field.replaceAll('[', '.').replaceAll(']', '').replaceAll('.', '/')}`,
  );
  const rules = IMMUTABLE.filter((rule) => rule.kinds.includes(live.kind) && (rule.when?.(live) ?? true));
  const isBuiltIn = !placeOf(live).custom;
  return pointers.filter(
    (pointer) =>
      asked.some(
        (field) => pointer === field || pointer.startsWith(`${field}/`) || field.startsWith(`${pointer}/`),
      ) ||
      (isBuiltIn &&
        rules.some(
          (rule) =>
            rule.fields.some((field) => matchesGlob(field, pointer)) &&
            !rule.except?.some((field) => matchesGlob(field, pointer)),
        )),
  );
}
