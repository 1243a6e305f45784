import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, ClusterSettings, ResourceType } from '../../src/kube/cluster.ts';
import { openCluster } from '../../src/kube/open-cluster.ts';
import { errorOf } from '../support/error-of.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { anOpener, clusterSettings, type Opener } from '../support/kube-settings.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { sendJson, startStrictApi, type SeenRequest, type StrictApi } from '../support/strict-api.ts';
import { startTcpRelay, type TcpRelay } from '../support/tcp-relay.ts';
import { aGate, waitFor } from '../support/wait-for.ts';

const fieldManager = 'plumbline';
const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: [],
};

let opener: Opener;
beforeAll(async () => {
  opener = await anOpener();
});
afterAll(async () => await opener?.close());

describe('requests to a real server', () => {
  let real: TestCluster;
  let relay: TcpRelay;
  let cluster: Cluster;
  let namespace: string;

  beforeAll(async () => {
    real = await sharedCluster();
    relay = await startTcpRelay(Number(new URL(real.url).port));
    cluster = await opener.open(real, { server: `https://127.0.0.1:${relay.port}`, maxInFlight: 8 });
    namespace = await real.namespace('traffic');
  });
  afterAll(async () => await relay?.close());

  const read = async () => await cluster.get(CONFIG_MAPS, { namespace, name: 'kube-root-ca.crt' });

  it('share a handful of connections', async () => {
    const found = await Promise.all(Array.from({ length: 300 }, read));
    expect(found.every((object) => object?.metadata.name === 'kube-root-ca.crt')).toBe(true);
    expect(relay.connections()).toBeLessThanOrEqual(8);
    expect(relay.connections()).toBeGreaterThan(1);
  });

  it('find out when a kept connection is gone, and take another', async () => {
    await read();
    const before = relay.connections();
    relay.cut();
    relay.mend();
    expect(await read()).toBeDefined();
    expect(relay.connections()).toBeGreaterThan(before);
  });

  it('fail as long as the server can’t be reached, and work again when it can', async () => {
    relay.cut();
    await expect(read()).rejects.toMatchObject({ code: 'kube_unreachable', retryable: true });
    relay.mend();
    expect(await read()).toBeDefined();
  });

  it('are cancelled by their caller, with the caller’s reason', async () => {
    const controller = new AbortController();
    const reading = cluster.list(CONFIG_MAPS, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('requests to a strict server', () => {
  const started: { api: StrictApi; cluster: Cluster }[] = [];
  afterEach(async () => {
    for (const { api, cluster } of started.splice(0)) {
      await cluster.close();
      await api.close();
    }
  });

  async function aServer(
    answer: (request: SeenRequest, response: ServerResponse, number: number) => void | Promise<void>,
    changes: Partial<ClusterSettings> = {},
  ) {
    const api = await startStrictApi(answer);
    const kubeconfig = await api.kubeconfig(join(opener.folder, randomUUID()));
    const cluster = await openCluster(clusterSettings({ kubeconfig, ...changes }), { env: {} });
    started.push({ api, cluster });
    return { api, cluster };
  }

  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'web' } };
  const status = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: reason });

  it('are never more at once than there are places, and come in their order', async () => {
    const full = aGate();
    const { api, cluster } = await aServer(
      async (_, response, number) => {
        if (number === 4) full.open();
        await full.opened;
        sendJson(response, 200, object);
      },
      { maxInFlight: 4 },
    );
    const names = Array.from({ length: 40 }, (_, n) => `n${n}`);
    await Promise.all(names.map(async (name) => await cluster.get(CONFIG_MAPS, { namespace: 'web', name })));
    expect(api.most()).toBe(4);
    const order = api.seen.map(({ url }) => Number(url.split('/').at(-1)?.slice(1)));
    // Those that are on the way together may overtake one another.
    for (const [index, number] of order.entries()) expect(Math.abs(index - number)).toBeLessThan(4);
  });

  it('that wait for a place can be cancelled, and take none', async () => {
    const gate = aGate();
    const { api, cluster } = await aServer(
      async (_, response) => {
        await gate.opened;
        sendJson(response, 200, object);
      },
      { maxInFlight: 1 },
    );
    const first = cluster.get(CONFIG_MAPS, { namespace: 'web', name: 'first' });
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const waiting = cluster.get(CONFIG_MAPS, { namespace: 'web', name: 'second' }, options);
    const third = cluster.get(CONFIG_MAPS, { namespace: 'web', name: 'third' });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    gate.open();
    await Promise.all([first, third]);
    expect(api.seen.map(({ url }) => url.split('/').at(-1))).toEqual(['first', 'third']);
  });

  it('that are throttled wait as long as they are told, creations too', async () => {
    const times: number[] = [];
    const { cluster } = await aServer((_, response, number) => {
      times.push(performance.now());
      if (number > 1) sendJson(response, 201, object);
      else response.writeHead(429, { 'retry-after': '1' }).end('Too many requests, please try again later.');
    });
    await expect(cluster.create(CONFIG_MAPS, object, { fieldManager })).resolves.toEqual(object);
    expect(times).toHaveLength(2);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1000);
  });

  it('that are always throttled give up, and say so', async () => {
    const { api, cluster } = await aServer((_, response) =>
      sendJson(
        response,
        429,
        { ...status(429, 'TooManyRequests'), details: { retryAfterSeconds: 0 } },
        { 'retry-after': '0' },
      ),
    );
    await expect(cluster.version()).rejects.toMatchObject({ code: 'kube_throttled', retryable: true });
    expect(api.seen).toHaveLength(5);
  });

  it('that may have been done are repeated only where that changes nothing', async () => {
    const { api, cluster } = await aServer((_, response) => void response.destroy());
    const bound = { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
    const doings: [number, () => Promise<unknown>][] = [
      [3, async () => await cluster.get(CONFIG_MAPS, { namespace: 'web', name: 'a' })],
      [3, async () => await cluster.apply(CONFIG_MAPS, object, { fieldManager, force: false })],
      [1, async () => await cluster.apply(CONFIG_MAPS, bound, { fieldManager, force: false })],
      [3, async () => await cluster.apply(CONFIG_MAPS, bound, { fieldManager, force: false, dryRun: true })],
      [1, async () => await cluster.create(CONFIG_MAPS, object, { fieldManager })],
      [1, async () => await cluster.replace(CONFIG_MAPS, bound, { fieldManager })],
    ];
    for (const [times, doing] of doings) {
      api.seen.length = 0;
      await expect(doing()).rejects.toMatchObject({ code: 'kube_unreachable', details: { sent: true } });
      expect(api.seen).toHaveLength(times);
    }
  });

  it('that are never answered end with their deadline', async () => {
    const { api, cluster } = await aServer(() => undefined, { timeoutMs: 300 });
    await expect(cluster.version()).rejects.toMatchObject({ code: 'kube_timeout', retryable: true });
    expect(api.seen).toHaveLength(1);
  });

  it('whose answer stops half way end with their deadline', async () => {
    const { cluster } = await aServer((_, response) => void response.writeHead(200).write('{"gitVersion":'), {
      timeoutMs: 300,
    });
    await expect(cluster.version()).rejects.toMatchObject({ code: 'kube_timeout' });
  });

  it('that a proxy answers are told apart from the server’s own answers', async () => {
    const { cluster } = await aServer((_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
    });
    await expect(cluster.version()).rejects.toMatchObject({ code: 'kube_answer', retryable: true });
  });

  it('start a list again when its pages have become too old', async () => {
    const page = (name: string, token: string) => ({
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '9', continue: token },
      items: [{ metadata: { name, namespace: 'web' } }],
    });
    let expired = false;
    const { api, cluster } = await aServer((request, response) => {
      const isSecond = request.url.includes('continue=');
      if (isSecond && !expired) {
        expired = true;
        sendJson(response, 410, status(410, 'Expired'));
      } else sendJson(response, 200, isSecond ? page('b', '') : page('a', 'next'));
    });
    const listed = await cluster.list(CONFIG_MAPS, { namespace: 'web' });
    expect(listed.map((each) => each.metadata.name)).toEqual(['a', 'b']);
    expect(listed[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(api.seen).toHaveLength(4);
  });

  it('are all ended when the cluster is closed', async () => {
    const { api, cluster } = await aServer(() => undefined);
    const ended = errorOf(cluster.version());
    await waitFor('the request', () => api.seen.length === 1);
    await cluster.close();
    expect((await ended).code).toBe('kube_unreachable');
  });
});
