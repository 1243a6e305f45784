import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, ResourceType, WatchEvent, WatchOptions } from '../../src/kube/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import { anOpener, type Opener } from '../support/kube-settings.ts';
import { startTcpRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { waitFor } from '../support/wait-for.ts';

// A cluster of its own: its API server is stopped and started.
let real: OwnCluster;
let relay: TcpRelay;
let opener: Opener;
let cluster: Cluster;
let configMaps: ResourceType;
let namespace: string;
const watches: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  real = await startKubeCluster();
  relay = await startTcpRelay(Number(new URL(real.url).port));
  opener = await anOpener();
  cluster = await opener.open(real, { server: `https://127.0.0.1:${relay.port}` });
  configMaps = await cluster.resource({ group: '', kind: 'ConfigMap' });
});
beforeEach(async () => {
  namespace = await real.namespace('watch');
});
afterEach(async () => {
  relay.mend();
  for (const watch of watches.splice(0)) await watch.stop();
});
afterAll(async () => {
  await opener?.close();
  await relay?.close();
  await real?.stop();
});

const LABEL = { labelSelector: 'mine=yes' };

/** Watches, and keeps what it is told as `added a`, `synced`. */
function watch(options: Partial<WatchOptions> = {}) {
  const told: string[] = [];
  const objects: WatchEvent[] = [];
  const stopping = new AbortController();
  const ended = cluster.watch(configMaps, {
    namespaces: [namespace],
    ...LABEL,
    onEvent: (event) => {
      objects.push(event);
      told.push(event.type === 'synced' ? 'synced' : `${event.type} ${event.object.metadata.name}`);
    },
    ...options,
    signal: stopping.signal,
  });
  ended.catch(() => undefined);
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  watches.push({ stop: async () => await stop().catch(() => undefined) });
  return { told, objects, ended, stop };
}

const home = (space = namespace) => `/api/v1/namespaces/${space}/configmaps`;
const make = async (name: string, space = namespace) =>
  await real.must('POST', home(space), { body: { metadata: { name, labels: { mine: 'yes' } } } });
const change = async (name: string, value: string) =>
  await real.must('PATCH', `${home()}/${name}`, {
    contentType: 'application/merge-patch+json',
    body: { data: { value } },
  });
const remove = async (name: string) => await real.must('DELETE', `${home()}/${name}`);

/** The watches of the namespace that have ended at the server: it notes them when they do. */
const endedWatches = async () =>
  (await real.auditLog()).filter(({ verb, requestURI }) => verb === 'watch' && requestURI.includes(home()))
    .length;

describe('a watch', () => {
  it('tells of what is there, that this is all, and of each change', async () => {
    await make('a');
    const { told, objects, stop } = watch();
    await eventually(() => told).toEqual(['added a', 'synced']);
    await make('b');
    await change('a', '1');
    await remove('b');
    await eventually(() => told).toEqual(['added a', 'synced', 'added b', 'modified a', 'deleted b']);
    expect(objects[3]).toMatchObject({
      object: { apiVersion: 'v1', kind: 'ConfigMap', data: { value: '1' } },
    });
    await stop();
  });

  it('of several namespaces is one, and of none of the others', async () => {
    const [second, third] = [await real.namespace('watch'), await real.namespace('watch')];
    await make('a');
    await make('b', second);
    await make('c', third);
    const { told } = watch({ namespaces: [namespace, second] });
    await eventually(() => told.toSorted()).toEqual(['added a', 'added b', 'synced']);
    expect(told.at(-1)).toBe('synced');
    await make('d', second);
    await eventually(() => told.at(-1)).toBe('added d');
  });

  it('that is cut goes on where it was, and misses nothing', async () => {
    await make('a');
    await make('b');
    const { told } = watch();
    await eventually(() => told).toEqual(['added a', 'added b', 'synced']);
    relay.cut();
    await change('a', '1');
    await remove('b');
    await make('c');
    relay.mend();
    await waitFor('the last change', () => told.includes('added c'));
    expect(told).toEqual(['added a', 'added b', 'synced', 'modified a', 'deleted b', 'added c']);
  });

  it('survives a restart of the API server, and tells what was deleted meanwhile', async () => {
    await make('a');
    await make('b');
    await make('c');
    const { told, objects } = watch();
    await eventually(() => told).toEqual(['added a', 'added b', 'added c', 'synced']);
    relay.cut();
    await remove('b');
    await change('c', '1');
    // What the watch goes on from is older than all that the server knows when it is up again.
    await real.apiServer.stop();
    await real.apiServer.start();
    await make('d');
    relay.mend();
    await eventually(() =>
      told
        .slice(4)
        .filter((each) => each !== 'synced')
        .toSorted(),
    ).toEqual(['added d', 'deleted b', 'modified c']);
    const gone = objects.find((event) => event.type === 'deleted');
    expect(gone).toMatchObject({ object: { kind: 'ConfigMap', metadata: { name: 'b', namespace } } });
    await change('a', '2');
    await eventually(() => told.at(-1)).toBe('modified a');
  });

  it('outlives a server that is down for a while', async () => {
    await make('a');
    const { told } = watch();
    await eventually(() => told).toEqual(['added a', 'synced']);
    await real.apiServer.stop();
    await expect(cluster.uid()).rejects.toMatchObject({ code: 'kube_unreachable' });
    await real.apiServer.start();
    await make('b');
    await eventually(() => told.filter((each) => each !== 'synced')).toEqual(['added a', 'added b']);
    expect(await cluster.uid()).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('ends with its signal, and leaves nothing open at the server', async () => {
    const { told, stop } = watch();
    await eventually(() => told).toEqual(['synced']);
    await make('a');
    await eventually(() => told).toEqual(['synced', 'added a']);
    expect(await endedWatches()).toBe(0);
    await stop();
    await eventually(endedWatches).toBe(1);
  });

  it('ends with what does not pass by itself', async () => {
    const { token } = await real.account(namespace, [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
    ]);
    const limited = await opener.open(real, { token });
    const signal = new AbortController().signal;
    const onEvent = () => undefined;
    const forbidden = limited.watch(configMaps, { namespaces: [namespace], signal, onEvent });
    await expect(forbidden).rejects.toMatchObject({ code: 'kube_forbidden' });
    const gone = cluster.watch({ ...configMaps, plural: 'gone' }, { signal, onEvent });
    await expect(gone).rejects.toMatchObject({ code: 'kube_unknown_kind' });
    const failing = cluster.watch(configMaps, {
      signal,
      onEvent: () => {
        throw new Error('mine');
      },
    });
    await expect(failing).rejects.toThrow('mine');
  });
});
