import { isJsonObject } from '../../../domain/json.ts';
import { objectOf, textOf } from '../../../kube/fields.ts';
import { everyObject } from './applied-paths.ts';
import type { RepoModel } from './repo-model.ts';

/** Kinds of Kubernetes itself that have no namespace, with their groups. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'Namespace.',
  'Node.',
  'PersistentVolume.',
  'APIService.apiregistration.k8s.io',
  'CertificateSigningRequest.certificates.k8s.io',
  'ClusterRole.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
  'CSIDriver.storage.k8s.io',
  'CustomResourceDefinition.apiextensions.k8s.io',
  'FlowSchema.flowcontrol.apiserver.k8s.io',
  'IngressClass.networking.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
  'PriorityClass.scheduling.k8s.io',
  'PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io',
  'RuntimeClass.node.k8s.io',
  'StorageClass.storage.k8s.io',
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'ClusterIssuer.cert-manager.io',
  'GatewayClass.gateway.networking.k8s.io',
]);

/** Tells the kinds without a namespace: those of Kubernetes, and what definitions of the repository say. */
export function clusterScoped(model: RepoModel): (of: { group: string; kind: string }) => boolean {
  const defined = new Set(
    everyObject(model)
      .filter(({ kind }) => kind === 'CustomResourceDefinition')
      .flatMap(({ value }) => {
        const { spec } = value;
        if (!isJsonObject(spec) || spec['scope'] !== 'Cluster') return [];
        return [`${textOf(objectOf(spec, 'names'), 'kind')}.${textOf(spec, 'group')}`];
      }),
  );
  return ({ group, kind }) => {
    const name = `${kind}.${group}`;
    return BUILT_IN.has(name) || defined.has(name);
  };
}
