import type { StackResource } from './resource.ts';

/** An object as people name it on a command line. */
export interface NamedObject {
  /** As it was written, in lower case: `deployment`, `deployments`, `deploy`. */
  kind: string;
  /** Empty: any. */
  group: string;
  name: string;
  /** undefined: any. */
  namespace: string | undefined;
}

/** Short names, as `kubectl api-resources` has them for kinds of Kubernetes itself. */
const SHORT: Readonly<Record<string, string>> = {
  cj: 'cronjob',
  cm: 'configmap',
  crd: 'customresourcedefinition',
  deploy: 'deployment',
  ds: 'daemonset',
  ep: 'endpoints',
  hpa: 'horizontalpodautoscaler',
  ing: 'ingress',
  netpol: 'networkpolicy',
  ns: 'namespace',
  pdb: 'poddisruptionbudget',
  po: 'pod',
  pv: 'persistentvolume',
  pvc: 'persistentvolumeclaim',
  rs: 'replicaset',
  sa: 'serviceaccount',
  sc: 'storageclass',
  sts: 'statefulset',
  svc: 'service',
};

/** `deployment/x`, `deployments.apps/x`, `svc/x`; undefined: it is no such name. */
export function parseObjectName(text: string, namespace?: string): NamedObject | undefined {
  const match = /^([A-Za-z0-9-]+)(?:\.([A-Za-z0-9.-]+))?\/([^/]+)$/.exec(text);
  if (match === null) return undefined;
  const [, kind, group = '', name] = match;
  return { kind: kind!.toLowerCase(), group: group.toLowerCase(), name: name!, namespace };
}

/** Whether a resource is the one that is named: by its kind in singular or plural, or by a short name. */
export function isNamed(
  { kind, group, name, namespace }: Pick<StackResource, 'kind' | 'group' | 'name' | 'namespace'>,
  wanted: NamedObject,
): boolean {
  if (name !== wanted.name) return false;
  if (wanted.group !== '' && group.toLowerCase() !== wanted.group) return false;
  if (wanted.namespace !== undefined && namespace !== '' && namespace !== wanted.namespace) return false;
  const own = kind.toLowerCase();
  return [own, plural(own)].includes(SHORT[wanted.kind] ?? wanted.kind);
}

function plural(kind: string): string {
  if (/(s|x|ch|sh)$/.test(kind)) return kind === 'endpoints' ? kind : `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}
