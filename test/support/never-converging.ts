/**
 * Manifests of which clusters keep something else than what is written, by the case that each is: a diff of texts would find a
 * difference in them for ever.
 */
export const NEVER_CONVERGING = (namespace: string): Record<string, string> => ({
  'defaulted-fields': DEFAULTED,
  quantities: QUANTITIES,
  ports: PORTS,
  empty: EMPTY,
  nulls: NULLS,
  'string-data': STRING_DATA,
  'crd-defaults': crdDefaults(namespace),
  'aggregated-roles': aggregatedRoles(namespace),
  'webhook-ca': webhook(namespace),
  autoscaled: AUTOSCALED,
  'last-applied': configMap('last-applied'),
  'other-manager': configMap('other-manager'),
});

const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: red }\n`;

const POD = (name: string, more = '') => `
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
${more}`;

const DEFAULTED = `apiVersion: apps/v1
kind: Deployment
metadata: { name: bare }
spec:
  replicas: 0${POD('bare')}---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: bare }
spec:
  replicas: 0
  serviceName: bare${POD('bare-set')}---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: bare }
spec:${POD('bare-daemon')}---
apiVersion: batch/v1
kind: CronJob
metadata: { name: bare }
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{ name: job, image: registry.example.com/job }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: bare }
spec: { podSelector: {} }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: bare }
spec: { minAvailable: 1, selector: { matchLabels: { app: bare } } }
`;

const QUANTITIES = `apiVersion: apps/v1
kind: Deployment
metadata: { name: quantities }
spec:
  replicas: 0${POD(
    'quantities',
    `          resources:
            requests: { cpu: 1000m, memory: 1024Mi, ephemeral-storage: 0.5Gi }
            limits: { cpu: "2.0", memory: 2048Mi }
`,
  )}---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quantities }
spec: { hard: { requests.cpu: 100000m, requests.memory: 1048576Ki, pods: 1k } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: quantities }
spec: { limits: [{ type: Container, max: { cpu: 64000m } }] }
`;

const PORTS = `apiVersion: v1
kind: Service
metadata: { name: ports }
spec:
  clusterIP: None
  selector: { app: ports }
  ports: [{ name: http, port: 80 }, { name: dns, port: 53, protocol: UDP }, { name: dns-tcp, port: 53 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ports }
spec:
  replicas: 0${POD('ports', '          ports: [{ containerPort: 80 }, { containerPort: 53, protocol: UDP }, { containerPort: 53 }]\n')}`;

const EMPTY = `apiVersion: apps/v1
kind: Deployment
metadata: { name: empty, annotations: {}, finalizers: [] }
spec:
  replicas: 0
  strategy: {}${POD(
    'empty',
    `          env: []
          args: []
          resources: {}
          securityContext: {}
          volumeMounts: []
      volumes: [{ name: scratch, emptyDir: {} }]
      tolerations: []
      nodeSelector: {}
      affinity: {}
      securityContext: {}
`,
  )}---
apiVersion: v1
kind: ConfigMap
metadata: { name: empty, labels: {} }
data: {}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: empty }
rules: []
`;

const NULLS = `apiVersion: apps/v1
kind: Deployment
metadata: { name: nulls, creationTimestamp: null, annotations: null }
spec:
  replicas: 0
  selector: { matchLabels: { app: nulls } }
  template:
    metadata: { creationTimestamp: null, labels: { app: nulls } }
    spec:
      volumes: null
      nodeSelector: null
      containers:
        - { name: web, image: "registry.example.com/web:1", env: null, command: null, resources: null }
status: {}
---
apiVersion: v1
kind: Service
metadata: { name: nulls, creationTimestamp: null }
spec: { clusterIP: None, selector: null, ports: [{ port: 80, name: null }] }
status: { loadBalancer: {} }
`;

const STRING_DATA = `apiVersion: v1
kind: Secret
metadata: { name: string-data }
stringData: { token: "1234567", both: from-string-data }
data: { both: ZnJvbS1kYXRh, blob: aGVsbG8= }
`;

const crdDefaults = (namespace: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.${namespace}.example.com }
spec:
  group: ${namespace}.example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              default: {}
              properties:
                color: { type: string, default: red }
                size: { type: integer, default: 3 }
                parts:
                  type: array
                  items:
                    type: object
                    properties: { name: { type: string }, count: { type: integer, default: 1 } }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true }
---
apiVersion: ${namespace}.example.com/v1
kind: Widget
metadata: { name: defaulted }
spec: { size: 4, parts: [{ name: a }, { name: b, count: 2 }], free: { deep: [1, { any: thing }], none: null } }
---
apiVersion: ${namespace}.example.com/v1
kind: Widget
metadata: { name: bare }
`;

const aggregatedRoles = (namespace: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${namespace}-all }
aggregationRule: { clusterRoleSelectors: [{ matchLabels: { aggregate-to: ${namespace} } }] }
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${namespace}-part, labels: { aggregate-to: ${namespace} } }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
`;

/** Of a kind that nobody has, so that no request goes to it. */
const webhook = (namespace: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: ${namespace} }
webhooks:
  - name: nothing.${namespace}.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig: { service: { namespace: ${namespace}, name: nothing } }
    rules:
      - { apiGroups: [nothing.${namespace}.example.com], apiVersions: [v1], operations: [CREATE], resources: [nothings] }
`;

const AUTOSCALED = `apiVersion: apps/v1
kind: Deployment
metadata: { name: autoscaled, annotations: { plumbline.dev/ignore-healthcheck: "true" } }
spec:
  replicas: 1${POD('autoscaled')}---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: autoscaled, annotations: { plumbline.dev/ignore-healthcheck: "true" } }
spec:
  minReplicas: 1
  maxReplicas: 5
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: autoscaled }
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }]
`;
