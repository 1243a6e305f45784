import { matchesGlob } from '../../../domain/glob.ts';
import type { FieldOwner } from './managed-fields.ts';
import type { Place } from './place.ts';

/** A program of the cluster, and the fields that it may write on its own. */
interface Controller {
  /** Names of its field managers, as globs. */
  managers: readonly string[];
  /** Only through this subresource; left out: any. */
  subresource?: string;
  /** Kinds, left out: any. */
  kinds?: readonly string[];
  /** Paths with `*` for list positions and any run of characters, as JSON pointers. */
  fields: readonly string[];
}

/** Names by which the parts of a control plane write; K3s and its kin are all of them in one process. */
const CONTROL_PLANE = ['kube-controller-manager', 'k3s', 'k3s-*', 'rke2', 'k0s', 'microk8s'];
const CLOUD = ['*cloud-controller-manager*', 'k3s', 'aws-load-balancer-controller', 'service-controller'];

/**
 * Controllers of Kubernetes and of what is widely installed beside it, with what they write into objects of others. A
 * manager's name is only a claim, so that each is bound to its fields. Sources: the controllers' sources and documentation.
 */
const KNOWN_CONTROLLERS: readonly Controller[] = [
  {
    managers: [...CONTROL_PLANE, 'horizontal-pod-autoscaler', 'keda-operator', 'vertical-pod-autoscaler*'],
    subresource: 'scale',
    fields: ['/spec/replicas'],
  },
  {
    managers: [...CONTROL_PLANE, 'deployment-controller'],
    kinds: ['Deployment', 'ReplicaSet'],
    fields: ['/metadata/annotations/deployment.kubernetes.io~1*'],
  },
  {
    managers: [...CONTROL_PLANE, 'daemonset-controller', 'daemon-set-controller'],
    kinds: ['DaemonSet'],
    fields: ['/metadata/annotations/deprecated.daemonset.template.generation'],
  },
  {
    managers: [...CONTROL_PLANE, 'job-controller'],
    kinds: ['Job'],
    fields: [
      '/metadata/annotations/batch.kubernetes.io~1*',
      '/metadata/labels/*controller-uid',
      '/spec/template/metadata/labels/*',
    ],
  },
  {
    managers: [...CONTROL_PLANE, 'clusterrole-aggregation-controller'],
    kinds: ['ClusterRole'],
    fields: ['/rules', '/rules/*'],
  },
  {
    managers: [...CONTROL_PLANE, 'kube-scheduler', 'persistent-volume-binder', 'csi-*', '*-provisioner*'],
    kinds: ['PersistentVolumeClaim', 'PersistentVolume'],
    fields: [
      '/spec/volumeName',
      '/spec/claimRef*',
      '/metadata/annotations/pv.kubernetes.io~1*',
      '/metadata/annotations/volume.kubernetes.io~1*',
      '/metadata/annotations/volume.beta.kubernetes.io~1*',
      '/spec/resources/requests/storage',
      '/spec/capacity/*',
    ],
  },
  {
    managers: [...CONTROL_PLANE, 'serviceaccount-token*'],
    kinds: ['ServiceAccount'],
    fields: ['/secrets*', '/imagePullSecrets*'],
  },
  {
    managers: [...CONTROL_PLANE, 'kube-apiserver'],
    kinds: ['Namespace'],
    fields: ['/spec/finalizers*', '/metadata/labels/kubernetes.io~1metadata.name'],
  },
  { managers: [...CONTROL_PLANE], kinds: ['ConfigMap'], fields: ['/data/ca.crt'] },
  {
    managers: [...CONTROL_PLANE, 'endpoint-controller', 'endpointslice-*', 'endpoints-controller'],
    kinds: ['Endpoints', 'EndpointSlice'],
    fields: ['/*'],
  },
  {
    managers: [...CONTROL_PLANE, ...CLOUD, 'kubelet', 'kube-scheduler', 'cluster-autoscaler', 'karpenter'],
    kinds: ['Node'],
    fields: ['/*'],
  },
  {
    managers: [...CONTROL_PLANE, 'kubelet', 'kube-scheduler'],
    kinds: ['Pod'],
    fields: ['/spec/nodeName', '/spec/tolerations*', '/metadata/annotations/*'],
  },
  {
    managers: [...CLOUD, ...CONTROL_PLANE],
    kinds: ['Service', 'Ingress'],
    fields: [
      '/spec/loadBalancerIP',
      '/spec/ports/*/nodePort',
      '/spec/healthCheckNodePort',
      '/metadata/annotations/*.kubernetes.io~1*',
      '/metadata/annotations/cloud.google.com~1*',
      '/metadata/labels/service.kubernetes.io~1headless',
    ],
  },
  {
    managers: ['cainjector', 'cert-manager-cainjector*'],
    fields: [
      '/webhooks/*/clientConfig/caBundle',
      '/spec/conversion/webhook/clientConfig/caBundle',
      '/spec/conversion/webhookClientConfig/caBundle',
      '/spec/caBundle',
    ],
  },
  {
    managers: ['kube-apiserver'],
    kinds: [
      'APIService',
      'CustomResourceDefinition',
      'PriorityClass',
      'FlowSchema',
      'PriorityLevelConfiguration',
    ],
    fields: ['/*'],
  },
  {
    managers: ['cluster-autoscaler', ...CONTROL_PLANE],
    fields: [
      '/metadata/annotations/autoscaling.alpha.kubernetes.io~1*',
      '/metadata/annotations/cluster-autoscaler.kubernetes.io~1last-updated',
      '/metadata/annotations/control-plane.alpha.kubernetes.io~1leader',
    ],
  },
  {
    // K3s applies its own add-ons with an object set's marks, and its Helm controller marks what it made.
    managers: ['k3s', 'rke2', 'deploy@*', 'helm-controller@*', 'helm@*'],
    fields: [
      '/metadata/annotations/objectset.rio.cattle.io~1*',
      '/metadata/labels/objectset.rio.cattle.io~1*',
      '/metadata/annotations/helmcharts.cattle.io~1*',
    ],
  },
  {
    // Taking the mark of a restart away would restart everything again.
    managers: ['kubectl-rollout', 'kubectl'],
    fields: ['/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt'],
  },
];

/** Fields by which controllers of any kind keep an object alive or own it: only people's tools are asked about there. */
const CONTROLLER_METADATA = ['/metadata/finalizers*', '/metadata/ownerReferences*'];
/** Field managers of tools that people use by hand. */
const HAND_TOOLS = ['kubectl*', 'node-fetch', 'k9s', 'OpenLens*', 'Lens*', 'Mozilla*', 'dashboard', 'oc'];

/**
 * Whether a manager wrote a field as a controller, which is no drift.
 * @param pointer the path as a JSON pointer with `*` for list positions
 * @param extra names of further managers that may write anything, as globs
 */
export function isControllersField(
  owner: FieldOwner,
  place: Place,
  pointer: string,
  extra: readonly string[],
): boolean {
  if (owner.subresource === 'status') return true;
  if (extra.some((name) => matchesGlob(name, owner.manager))) return true;
  if (
    CONTROLLER_METADATA.some((field) => matchesGlob(field, pointer)) &&
    !HAND_TOOLS.some((name) => matchesGlob(name, owner.manager))
  )
    return true;
  return KNOWN_CONTROLLERS.some(
    (controller) =>
      (controller.subresource === undefined || controller.subresource === owner.subresource) &&
      (controller.kinds?.includes(place.kind) ?? true) &&
      controller.managers.some((name) => matchesGlob(name, owner.manager)) &&
      controller.fields.some((field) => matchesGlob(field, pointer)),
  );
}
