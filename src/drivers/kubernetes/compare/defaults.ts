import { valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { Place } from './place.ts';
import { sameValue } from './same-value.ts';

/** Where a value stands, for defaults that are made from others. */
interface Around {
  /** The map that holds the value. */
  parent: JsonObject;
  /** Its name there. */
  name: string;
  /** The whole object. */
  root: JsonValue;
}

/** What a default is: one of these values, or a test. */
type Default = readonly JsonValue[] | ((value: JsonValue, around: Around) => boolean);
interface Rule {
  kinds?: readonly string[];
  end: readonly string[];
  is: Default;
}

/** Whatever the server chose, it is the server's. */
const ANY = (): boolean => true;
const WORKLOADS = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController'];
const WEBHOOKS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
const BINDINGS = ['RoleBinding', 'ClusterRoleBinding'];

/** Fields of pods and their templates, whatever holds them. Source: the API's `defaults.go` and its documentation. */
const POD_DEFAULTS: Readonly<Record<string, Default>> = {
  'spec/restartPolicy': ['Always'],
  'spec/dnsPolicy': ['ClusterFirst'],
  'spec/schedulerName': ['default-scheduler'],
  'spec/terminationGracePeriodSeconds': [30],
  'spec/enableServiceLinks': [true],
  'spec/preemptionPolicy': ['PreemptLowerPriority'],
  'spec/priority': [0],
  'spec/securityContext': [{}],
  'spec/serviceAccount': (value, { parent }) => value === 'default' || value === parent['serviceAccountName'],
  'spec/serviceAccountName': ['default'],
  '*/terminationMessagePath': ['/dev/termination-log'],
  '*/terminationMessagePolicy': ['File'],
  '*/imagePullPolicy': (value, { parent }) => value === pullPolicyOf(parent['image']),
  '*/resources': [{}],
  'ports/*/protocol': ['TCP'],
  'fieldRef/apiVersion': ['v1'],
  'resourceFieldRef/divisor': ['0'],
  'configMap/defaultMode': [420],
  'secret/defaultMode': [420],
  'projected/defaultMode': [420],
  'downwardAPI/defaultMode': [420],
  'hostPath/type': [''],
  'serviceAccountToken/expirationSeconds': [3600],
  'httpGet/scheme': ['HTTP'],
  'httpGet/path': ['/'],
  'grpc/service': [''],
  ...probeDefaults('livenessProbe'),
  ...probeDefaults('readinessProbe'),
  ...probeDefaults('startupProbe'),
};

const KIND_DEFAULTS: readonly (readonly [kinds: readonly string[], Readonly<Record<string, Default>>])[] = [
  [
    WORKLOADS,
    {
      'spec/replicas': [1],
      'spec/revisionHistoryLimit': [10],
      'spec/minReadySeconds': [0],
      'spec/progressDeadlineSeconds': [600],
      'strategy/type': ['RollingUpdate'],
      'rollingUpdate/partition': [0],
      'updateStrategy/type': ['RollingUpdate'],
      'spec/podManagementPolicy': ['OrderedReady'],
      'persistentVolumeClaimRetentionPolicy/whenDeleted': ['Retain'],
      'persistentVolumeClaimRetentionPolicy/whenScaled': ['Retain'],
      'volumeClaimTemplates/*/apiVersion': ['v1'],
      'volumeClaimTemplates/*/kind': ['PersistentVolumeClaim'],
      'volumeClaimTemplates/*/status/phase': ['Pending'],
      'volumeClaimTemplates/*/spec/volumeMode': ['Filesystem'],
      'annotations/deprecated.daemonset.template.generation': ANY,
    },
  ],
  [['Deployment'], { 'rollingUpdate/maxSurge': ['25%'], 'rollingUpdate/maxUnavailable': ['25%'] }],
  [['DaemonSet'], { 'rollingUpdate/maxSurge': [0], 'rollingUpdate/maxUnavailable': [1] }],
  // A Job without labels of its own gets those of its template.
  [['Job'], { 'metadata/labels/*': (value, { name, root }) => value === templateLabel(root, name) }],
  [
    ['Job', 'CronJob'],
    {
      'spec/backoffLimit': [6],
      'spec/completionMode': ['NonIndexed'],
      'spec/completions': [1],
      'spec/parallelism': [1],
      'spec/suspend': [false],
      'spec/manualSelector': [false],
      'spec/podReplacementPolicy': ['TerminatingOrFailed', 'Failed'],
      'spec/concurrencyPolicy': ['Allow'],
      'spec/failedJobsHistoryLimit': [1],
      'spec/successfulJobsHistoryLimit': [3],
      'matchLabels/batch.kubernetes.io/controller-uid': ANY,
      'matchLabels/controller-uid': ANY,
      'labels/batch.kubernetes.io/controller-uid': ANY,
      'labels/batch.kubernetes.io/job-name': ANY,
      'labels/controller-uid': ANY,
      'labels/job-name': ANY,
    },
  ],
  [
    ['Service'],
    {
      'spec/type': ['ClusterIP'],
      'spec/clusterIP': ANY,
      'spec/clusterIPs/*': ANY,
      'spec/clusterIPs': ANY,
      'spec/ipFamilies/*': ANY,
      'spec/ipFamilies': ANY,
      'spec/ipFamilyPolicy': ['SingleStack'],
      'spec/internalTrafficPolicy': ['Cluster'],
      'spec/externalTrafficPolicy': ['Cluster'],
      'spec/allocateLoadBalancerNodePorts': [true],
      'spec/sessionAffinity': ['None'],
      'clientIP/timeoutSeconds': [10800],
      'ports/*/nodePort': ANY,
      'spec/healthCheckNodePort': ANY,
      'ports/*/targetPort': (value, { parent }) => value === parent['port'],
    },
  ],
  [
    ['PersistentVolumeClaim', 'PersistentVolume'],
    {
      'spec/volumeMode': ['Filesystem'],
      'spec/storageClassName': ANY,
      'spec/volumeName': ANY,
      'spec/persistentVolumeReclaimPolicy': ['Retain'],
      'metadata/finalizers/*': ANY,
    },
  ],
  [
    WEBHOOKS,
    {
      'webhooks/*/failurePolicy': ['Fail'],
      'webhooks/*/matchPolicy': ['Equivalent'],
      'webhooks/*/timeoutSeconds': [10],
      'webhooks/*/namespaceSelector': [{}],
      'webhooks/*/objectSelector': [{}],
      'webhooks/*/reinvocationPolicy': ['Never'],
      'rules/*/scope': ['*'],
      'service/port': [443],
    },
  ],
  [BINDINGS, { 'roleRef/apiGroup': ['rbac.authorization.k8s.io'], 'subjects/*/apiGroup': ANY }],
  [['Namespace'], { 'spec/finalizers/*': ['kubernetes'], 'labels/kubernetes.io/metadata.name': ANY }],
  [['LimitRange'], { 'limits/*/defaultRequest': (value, { parent }) => sameValue(value, parent['default']) }],
  [['Secret'], { type: ['Opaque'] }],
  [['NetworkPolicy'], { 'spec/policyTypes': ANY, 'spec/policyTypes/*': ANY }],
  [['StorageClass'], { reclaimPolicy: ['Delete'], volumeBindingMode: ['Immediate'] }],
  [['PriorityClass'], { preemptionPolicy: ['PreemptLowerPriority'], globalDefault: [false] }],
  [
    ['CustomResourceDefinition'],
    {
      'spec/conversion/strategy': ['None'],
      'names/listKind': ANY,
      'names/singular': ANY,
      'spec/preserveUnknownFields': [false],
    },
  ],
  [
    ['HorizontalPodAutoscaler'],
    {
      'spec/minReplicas': [1],
      'scaleUp/selectPolicy': ['Max'],
      'scaleUp/stabilizationWindowSeconds': [0],
      'scaleDown/selectPolicy': ['Max'],
      'scaleDown/stabilizationWindowSeconds': [300],
      'scaleUp/policies': [
        [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      ],
      'scaleDown/policies': [[{ type: 'Percent', value: 100, periodSeconds: 15 }]],
    },
  ],
  [['Ingress'], { 'spec/ingressClassName': ANY }],
];

const RULES: readonly Rule[] = [
  ...rulesOf(POD_DEFAULTS),
  ...KIND_DEFAULTS.flatMap(([kinds, defaults]) => rulesOf(defaults, kinds)),
];

/**
 * Whether a value is what the API server of Kubernetes fills in by itself, so that nobody needs to have set it. It is taken
 * for that also where somebody wrote the very same value: it changes nothing.
 * @param parent the map that holds the value
 * @param name its name there
 */
export function isServerDefault(
  value: JsonValue,
  parent: JsonValue | undefined,
  name: string,
  place: Place,
  root: JsonValue,
): boolean {
  if (place.custom) return false;
  const around: Around = { parent: isJsonObject(parent) ? parent : {}, name, root };
  return RULES.some(
    (rule) =>
      (rule.kinds?.includes(place.kind) ?? true) &&
      endsWith(place.names, rule.end) &&
      (typeof rule.is === 'function'
        ? rule.is(value, around)
        : rule.is.some((each) => sameValue(each, value))),
  );
}

function templateLabel(root: JsonValue, name: string): JsonValue | undefined {
  return valueAt(root, ['spec', 'template', 'metadata', 'labels', name]);
}

function rulesOf(defaults: Readonly<Record<string, Default>>, kinds?: readonly string[]): Rule[] {
  return Object.entries(defaults).map(([end, is]) => ({
    end: splitEnd(end),
    is,
    ...(kinds ? { kinds } : {}),
  }));
}

/** Labels and annotations have slashes in their own names. */
function splitEnd(end: string): string[] {
  const label = /^(labels|matchLabels|annotations)\/(.*)$/.exec(end);
  return label ? [label[1]!, label[2]!] : end.split('/');
}

function endsWith(names: readonly string[], end: readonly string[]): boolean {
  return (
    names.length >= end.length &&
    end.every((part, index) => part === '*' || part === names[names.length - end.length + index])
  );
}

function probeDefaults(probe: string): Record<string, Default> {
  return {
    [`${probe}/failureThreshold`]: [3],
    [`${probe}/periodSeconds`]: [10],
    [`${probe}/successThreshold`]: [1],
    [`${probe}/timeoutSeconds`]: [1],
  };
}

/** `Always` for `latest` and no tag, otherwise `IfNotPresent`. */
function pullPolicyOf(image: JsonValue | undefined): string {
  if (typeof image !== 'string') return '';
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}
