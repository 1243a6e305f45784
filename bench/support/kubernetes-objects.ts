/** An object of a bench, as Git has it. */
export interface BenchObject {
  name: string;
  /** `/api/v1`. */
  group: string;
  plural: string;
  text: string;
}

const COLOR = 'color: red';

/** The same object with another wish. */
export function changed(object: BenchObject): BenchObject {
  return { ...object, text: object.text.replaceAll(COLOR, 'color: blue') };
}

const named = (prefix: string, index: number) => `${prefix}-${String(index).padStart(4, '0')}`;

function configMap(index: number): BenchObject {
  const name = named('settings', index);
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { ${COLOR}, index: "${index}" }\n`;
  return { name, group: '/api/v1', plural: 'configmaps', text };
}

/** ConfigMaps of two keys each. */
export function configMaps(count: number): BenchObject[] {
  return Array.from({ length: count }, (_, index) => configMap(index));
}

function deployment(index: number): BenchObject {
  const name = named('web', index);
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 0
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      serviceAccountName: ${name}
      containers:
        - name: web
          image: registry.example.com/web:${index}
          env: [{ name: INDEX, value: "${index}" }]
          ports: [{ name: http, containerPort: 8080 }]
          resources: { requests: { cpu: 1000m, memory: 64Mi }, limits: { memory: 128Mi } }
          readinessProbe: { httpGet: { path: /, port: http } }
`;
  return { name, group: '/apis/apps/v1', plural: 'deployments', text };
}

/** Without cluster IPs, of which the service network has too few. */
function service(index: number): BenchObject {
  const name = named('web', index);
  const text = `apiVersion: v1
kind: Service
metadata: { name: ${name}-service }
spec: { clusterIP: None, selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: http }] }
`;
  return { name: `${name}-service`, group: '/api/v1', plural: 'services', text };
}

function account(index: number): BenchObject {
  const name = `${named('web', index)}-account`;
  const text = `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: ${name} }\n`;
  return { name, group: '/api/v1', plural: 'serviceaccounts', text };
}

function ingress(index: number): BenchObject {
  const name = `${named('web', index)}-ingress`;
  const text = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, annotations: { plumbline.dev/ignore-healthcheck: "true" } }
spec:
  rules:
    - host: web-${index}.example.com
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web-${index}, port: { name: http } } } }] }
`;
  return { name, group: '/apis/networking.k8s.io/v1', plural: 'ingresses', text };
}

function role(index: number): BenchObject {
  const name = `${named('web', index)}-role`;
  const text = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: ${name} }
rules: [{ apiGroups: [""], resources: [configmaps], verbs: [get, list] }]
`;
  return { name, group: '/apis/rbac.authorization.k8s.io/v1', plural: 'roles', text };
}

/** Objects of six kinds, in turn; the first is a ConfigMap. */
export function mixedObjects(count: number): BenchObject[] {
  const kinds = [configMap, deployment, service, account, ingress, role];
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length]!(index));
}
