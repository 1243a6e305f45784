/** The namespace of an app or a controller. */
export function namespaceText(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;
}

/** A workload to begin with. */
export function deploymentText(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: ${name}
          image: ${image}
          resources:
            requests: { cpu: 10m, memory: 32Mi }
`;
}

/** A kustomization file. */
export function kustomizationText(resources: readonly string[], namespace?: string): string {
  return [
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    ...(namespace === undefined ? [] : [`namespace: ${namespace}`]),
    'resources:',
    ...resources.map((resource) => `  - ${resource}`),
    '',
  ].join('\n');
}

/** What a Flux `Kustomization` says. */
export interface FluxText {
  name: string;
  namespace: string;
  path: string;
  /** Name of the `GitRepository`. */
  source: string;
  interval: string;
  /** A namespace only where it is another one. */
  dependsOn: readonly { name: string; namespace?: string }[];
  wait?: boolean;
}

export function fluxText(of: FluxText): string {
  return [
    'apiVersion: kustomize.toolkit.fluxcd.io/v1',
    'kind: Kustomization',
    'metadata:',
    `  name: ${of.name}`,
    `  namespace: ${of.namespace}`,
    'spec:',
    `  interval: ${of.interval}`,
    `  path: ${of.path}`,
    '  prune: true',
    ...(of.wait === true ? ['  wait: true'] : []),
    '  sourceRef:',
    '    kind: GitRepository',
    `    name: ${of.source}`,
    ...(of.dependsOn.length === 0 ? [] : ['  dependsOn:', ...of.dependsOn.flatMap(neededText)]),
    '',
  ].join('\n');
}

function neededText({ name, namespace }: FluxText['dependsOn'][number]): string[] {
  return [`    - name: ${name}`, ...(namespace === undefined ? [] : [`      namespace: ${namespace}`])];
}
