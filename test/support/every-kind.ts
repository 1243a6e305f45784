/** What a stack of every kind is like at one step of its life. */
export interface EveryKind {
  /** Something in all of them that differs between steps. */
  step: string;
  /** Asks for PUT where the kind allows it. */
  replace?: boolean;
}

const POD = (step: string) =>
  `containers: [{ name: web, image: "registry.example.com/shop:1", env: [{ name: STEP, value: "${step}" }] }]`;
const WORKLOAD = (step: string) =>
  `selector: { matchLabels: { app: shop } }, template: { metadata: { labels: { app: shop } }, spec: { ${POD(step)} } }`;

/** Kinds of a namespace: `apiVersion kind`, then all but the metadata as YAML. */
const NAMESPACED = (step: string): [string, string][] => [
  ['v1 ConfigMap', `data: { step: "${step}" }`],
  ['v1 Secret', `stringData: { token: "token-${step}" }`],
  ['v1 Service', 'spec: { ports: [{ port: 80 }] }'],
  ['v1 ServiceAccount', 'automountServiceAccountToken: false'],
  ['v1 LimitRange', 'spec: { limits: [{ type: Container, max: { cpu: "4" } }] }'],
  ['v1 ResourceQuota', 'spec: { hard: { configmaps: "500" } }'],
  [
    'v1 PersistentVolumeClaim',
    'spec: { accessModes: [ReadWriteOnce], storageClassName: claimed, resources: { requests: { storage: 1Gi } } }',
  ],
  ['v1 Pod', `spec: { ${POD('0')} }`],
  ['apps/v1 Deployment', `spec: { replicas: 0, ${WORKLOAD(step)} }`],
  ['apps/v1 StatefulSet', `spec: { replicas: 0, serviceName: every, ${WORKLOAD(step)} }`],
  ['apps/v1 DaemonSet', `spec: { ${WORKLOAD(step)} }`],
  ['batch/v1 Job', `spec: { suspend: true, template: { spec: { restartPolicy: Never, ${POD('0')} } } }`],
  [
    'batch/v1 CronJob',
    `spec: { suspend: true, schedule: "0 4 * * *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, ${POD(step)} } } } } }`,
  ],
  [
    'networking.k8s.io/v1 Ingress',
    'spec: { defaultBackend: { service: { name: every, port: { number: 80 } } } }',
  ],
  ['networking.k8s.io/v1 NetworkPolicy', 'spec: { podSelector: {} }'],
  ['policy/v1 PodDisruptionBudget', 'spec: { minAvailable: 0, selector: { matchLabels: { app: shop } } }'],
  [
    'autoscaling/v2 HorizontalPodAutoscaler',
    'spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: apps/v1, kind: StatefulSet, name: other } }',
  ],
  [
    'rbac.authorization.k8s.io/v1 Role',
    'rules: [{ apiGroups: [""], resources: [configmaps], verbs: [get] }]',
  ],
  [
    'rbac.authorization.k8s.io/v1 RoleBinding',
    'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: every }',
  ],
];

/** Kinds that have no namespace. */
const CLUSTER_SCOPED: [string, string][] = [
  ['v1 Namespace', ''],
  [
    'v1 PersistentVolume',
    'spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce], storageClassName: offered, hostPath: { path: /data } }',
  ],
  [
    'rbac.authorization.k8s.io/v1 ClusterRole',
    'rules: [{ apiGroups: [""], resources: [services], verbs: [get] }]',
  ],
  [
    'rbac.authorization.k8s.io/v1 ClusterRoleBinding',
    'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: every }',
  ],
  [
    'apiextensions.k8s.io/v1 CustomResourceDefinition',
    'spec: { group: every.example.com, scope: Namespaced, names: { kind: Every, plural: everies, singular: every, listKind: EveryList }, versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }] }',
  ],
  ['admissionregistration.k8s.io/v1 MutatingWebhookConfiguration', ''],
  ['admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration', ''],
  ['networking.k8s.io/v1 IngressClass', 'spec: { controller: example.com/every }'],
  ['scheduling.k8s.io/v1 PriorityClass', 'value: 5'],
  ['storage.k8s.io/v1 StorageClass', 'provisioner: kubernetes.io/no-provisioner'],
];

/** What can't be written over as a whole: fields that the server fills in may not be taken away. */
const NEVER_REPLACED = new Set(['Pod', 'Job']);

/** One object of each kind that a namespace has, all with the name `every`. */
export function everyNamespacedKind(how: EveryKind): string {
  return NAMESPACED(how.step)
    .map(([kind, rest]) => manifest(kind, rest, how))
    .join('---\n');
}

/** One object of each kind without a namespace. */
export function everyClusterKind(how: EveryKind): string {
  return CLUSTER_SCOPED.map(([kind, rest]) => manifest(kind, rest, how)).join('---\n');
}

function manifest(of: string, rest: string, { step, replace = false }: EveryKind): string {
  const [apiVersion, kind] = of.split(' ') as [string, string];
  const name = kind === 'CustomResourceDefinition' ? 'everies.every.example.com' : 'every';
  const annotations =
    replace && !NEVER_REPLACED.has(kind) ? ', annotations: { plumbline.dev/sync-options: Replace=true }' : '';
  return [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    `metadata: { name: ${name}, labels: { step: "${step}" }${annotations} }`,
    ...(rest === '' ? [] : [rest]),
    '',
  ].join('\n');
}
