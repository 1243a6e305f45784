import { errorCode, PlumblineError } from '../util/errors.ts';
import { createSingleFlight } from '../util/single-flight.ts';
import type { RequestOptions, ResourceType } from './cluster.ts';
import {
  DISCOVERY_ACCEPT,
  readAggregated,
  readGroups,
  readResources,
  type ServedVersion,
} from './discovery-documents.ts';
import { apiVersionOf, kindName } from './paths.ts';
import type { Transport } from './transport.ts';

/** Discovery is read again for an unknown kind, and for all kinds, but not more often than this: many stacks may ask. */
const AGAIN_AFTER_MS = 5000;

/** Which kinds a cluster serves. */
export interface Discovery {
  /** See `Cluster.resource`. */
  resource(
    kind: { group: string; kind: string; version?: string },
    options?: RequestOptions,
  ): Promise<ResourceType>;
  /** See `Cluster.resources`. */
  resources(options?: RequestOptions): Promise<ResourceType[]>;
  /** Makes the next question read it again. */
  forget(): void;
}

/** Discovery of a cluster, read when it is first needed. Impersonation plays no part in it: everybody may read it. */
export function createDiscovery(cluster: string, transport: Transport): Discovery {
  const flights = createSingleFlight<readonly ServedVersion[]>();
  let kept: { versions: readonly ServedVersion[]; at: number } | undefined;

  const read = async (signal: AbortSignal | undefined): Promise<readonly ServedVersion[]> =>
    await flights.run(
      'read',
      async (flight) => {
        const versions = await readAll(transport, flight);
        kept = { versions, at: performance.now() };
        return versions;
      },
      signal === undefined ? {} : { signal },
    );
  const recent = async (signal: AbortSignal | undefined): Promise<readonly ServedVersion[]> =>
    kept !== undefined && performance.now() - kept.at < AGAIN_AFTER_MS ? kept.versions : await read(signal);
  return {
    resource: async (wanted, options) => {
      const found = kept === undefined ? undefined : find(kept.versions, wanted);
      if (found !== undefined) return found;
      const versions = await recent(options?.signal);
      const type = find(versions, wanted);
      if (type === undefined) throw unknownKind(cluster, versions, wanted);
      return type;
    },
    resources: async (options) => preferred(await recent(options?.signal)),
    forget: () => {
      kept = undefined;
    },
  };
}

async function readAll(transport: Transport, signal: AbortSignal): Promise<ServedVersion[]> {
  const [core, others] = await Promise.all(
    ['/api', '/apis'].map(async (path) => await readRoot(transport, path, signal)),
  );
  return [...(core ?? []), ...(others ?? [])];
}

async function readRoot(transport: Transport, path: string, signal: AbortSignal): Promise<ServedVersion[]> {
  const document = await transport.send({ method: 'GET', path, accept: DISCOVERY_ACCEPT, signal });
  const aggregated = readAggregated(document);
  if (aggregated !== null) return aggregated;
  return await Promise.all(
    readGroups(document).map(async ({ group, version }) => {
      try {
        const list = await transport.send({
          method: 'GET',
          path: `${path}/${apiVersionOf({ group, version })}`,
          signal,
        });
        return { group, version, stale: false, types: readResources(group, version, list) };
      } catch (error) {
        signal.throwIfAborted();
        // One group's server that is down must not hide all others.
        if (errorCode(error) === undefined) throw error;
        return { group, version, stale: true, types: [] };
      }
    }),
  );
}

function find(
  versions: readonly ServedVersion[],
  { group, kind, version }: { group: string; kind: string; version?: string },
): ResourceType | undefined {
  for (const served of versions) {
    if (served.group !== group || (version !== undefined && served.version !== version)) continue;
    const type = served.types.find((each) => each.kind === kind);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** The first version that has a kind is its preferred one; what can't be listed and made is nobody's own. */
function preferred(versions: readonly ServedVersion[]): ResourceType[] {
  const types = new Map<string, ResourceType>();
  for (const type of versions.flatMap((served) => served.types)) {
    const name = kindName(type);
    const isOwn = type.verbs.includes('list') && type.verbs.includes('create');
    if (isOwn && !types.has(name)) types.set(name, type);
  }
  return [...types.values()];
}

function unknownKind(
  cluster: string,
  versions: readonly ServedVersion[],
  wanted: { group: string; kind: string; version?: string },
): PlumblineError {
  const group = versions.filter((served) => served.group === wanted.group);
  const isDown = group.some((served) => served.stale);
  const others = group.filter((served) => served.types.some((type) => type.kind === wanted.kind));
  const name = wanted.version === undefined ? kindName(wanted) : `${kindName(wanted)} (${wanted.version})`;
  const hint = isDown
    ? `The server of the group ${wanted.group} doesn't answer; is its APIService available?`
    : others.length > 0
      ? `It is served as ${others.map((served) => served.version).join(', ')}.`
      : 'Is its CustomResourceDefinition installed?';
  return new PlumblineError('kube_unknown_kind', `Cluster ${cluster} serves no ${name}. ${hint}`, {
    retryable: isDown,
    details: { cluster, group: wanted.group, kind: wanted.kind },
  });
}
