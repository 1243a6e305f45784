import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { AuditEvent } from './kube-client.ts';

const DEPLOY = new URL('../../deploy/kubernetes/', import.meta.url);

/** The path of a file of deploy/kubernetes. */
export const rbacFile = (name: string): string => fileURLToPath(new URL(name, DEPLOY));

/** One right: `create apps/deployments`, and the name that it is bound to where it is. */
export interface Right {
  /** The role that gives it. */
  role: string;
  verb: string;
  /** `apps/deployments`, `pods/log`. */
  resource: string;
  name?: string;
  /** Of a Role: the only namespace in which it counts. */
  namespace?: string;
}

interface RoleDocument {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

/** Every single right that the roles of a file give. */
export async function rightsIn(file: string): Promise<Right[]> {
  const documents = parseAllDocuments(await readFile(rbacFile(file), 'utf8'));
  return documents
    .map((document) => document.toJS() as RoleDocument)
    .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
    .flatMap(({ metadata: { name: role, namespace }, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            (resourceNames ?? [undefined]).flatMap((name) =>
              verbs.map((verb) => ({
                role,
                verb,
                resource: group === '' ? resource : `${group}/${resource}`,
                ...(name === undefined ? {} : { name }),
                ...(namespace === undefined ? {} : { namespace }),
              })),
            ),
          ),
        ),
      ),
    );
}

/** Whether a request needed this right: a server-side apply needs `create`, too, where there is nothing yet. */
export function isUsedBy(right: Right, { verb, objectRef, responseStatus }: AuditEvent): boolean {
  if (objectRef === undefined || responseStatus === undefined || responseStatus.code === 403) return false;
  const { apiGroup = '', resource, subresource, name, namespace } = objectRef;
  const kind = [apiGroup, resource, subresource ?? ''].filter((part) => part !== '').join('/');
  if (kind !== right.resource) return false;
  if (right.name !== undefined && right.name !== name) return false;
  if (right.namespace !== undefined && right.namespace !== namespace) return false;
  return verb === right.verb || (right.verb === 'create' && verb === 'patch' && responseStatus.code === 201);
}

/** `plumbline-apply-built-in: delete apps/deployments`. */
export function rightText({ role, verb, resource, name }: Right): string {
  return `${role}: ${verb} ${resource}${name === undefined ? '' : ` ${name}`}`;
}
