import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import type { ResourceType } from './cluster.ts';
import { objectOf, objectsOf, textOf } from './fields.ts';

/** What is asked for first; servers before 1.30 answer with the older version of it, or with the documents before it. */
export const DISCOVERY_ACCEPT = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** One version of a group, with its types; `stale`: the server of the group doesn't answer, so they are not known. */
export interface ServedVersion {
  group: string;
  version: string;
  stale: boolean;
  types: ResourceType[];
}

/** All versions of all groups of an aggregated document, the preferred version of each first; null when it is another one. */
export function readAggregated(document: JsonValue): ServedVersion[] | null {
  if (!isJsonObject(document) || document['kind'] !== 'APIGroupDiscoveryList') return null;
  return objectsOf(document['items']).flatMap((item) => {
    const group = textOf(objectOf(item, 'metadata'), 'name');
    return objectsOf(item['versions']).map((served) => {
      const version = textOf(served, 'version');
      const types = objectsOf(served['resources']).flatMap((resource) =>
        aggregatedType(group, version, resource),
      );
      return { group, version, stale: textOf(served, 'freshness') === 'Stale', types };
    });
  });
}

/** The groups and versions of `/apis` as it was before, and of `/api`; the preferred version of each first. */
export function readGroups(document: JsonValue): { group: string; version: string }[] {
  if (!isJsonObject(document)) return [];
  if (document['kind'] === 'APIVersions')
    return texts(document['versions']).map((version) => ({ group: '', version }));
  return objectsOf(document['groups']).flatMap((entry) => {
    const preferred = textOf(objectOf(entry, 'preferredVersion'), 'version');
    const versions = objectsOf(entry['versions']).map((served) => textOf(served, 'version'));
    const ordered = [preferred, ...versions.filter((version) => version !== preferred)];
    return ordered.flatMap((version) => (version === '' ? [] : { group: textOf(entry, 'name'), version }));
  });
}

/** The types of an `APIResourceList`, without subresources. */
export function readResources(group: string, version: string, document: JsonValue): ResourceType[] {
  if (!isJsonObject(document)) return [];
  return objectsOf(document['resources']).flatMap((resource) => {
    const plural = textOf(resource, 'name');
    if (plural === '' || plural.includes('/')) return [];
    return {
      group,
      version,
      kind: textOf(resource, 'kind'),
      plural,
      namespaced: resource['namespaced'] === true,
      verbs: texts(resource['verbs']),
    };
  });
}

function aggregatedType(group: string, version: string, resource: JsonObject): ResourceType[] {
  const kind = textOf(objectOf(resource, 'responseKind'), 'kind');
  const plural = textOf(resource, 'resource');
  // Without a kind it is only the home of subresources.
  if (kind === '' || plural === '') return [];
  const namespaced = textOf(resource, 'scope') === 'Namespaced';
  return [{ group, version, kind, plural, namespaced, verbs: texts(resource['verbs']) }];
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
