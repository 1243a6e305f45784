import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for an OCI registry: it serves charts, by the paths and answers of the distribution specification, and nothing else. */
export interface OciRegistry {
  /** `127.0.0.1:1234` */
  host: string;
  /** What was asked for, in order. */
  asked: string[];
  /** Puts a chart's archive there; its digest. */
  push(chart: { path: string; version: string; archive: Buffer }): string;
  /** From now on each archive is served with another byte at its end. */
  tamper(): void;
  close(): Promise<void>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

interface Content {
  type: string;
  body: Buffer;
}

/** Starts one on a free port of 127.0.0.1, without TLS. */
export async function anOciRegistry(): Promise<OciRegistry> {
  const contents = new Map<string, Content>();
  const tags = new Map<string, string[]>();
  const asked: string[] = [];
  let tampered = false;
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    asked.push(`${method} ${url}`);
    const path = decodeURIComponent(url.replace(/\?.*$/, ''));
    if (!['GET', 'HEAD'].includes(method)) return void response.writeHead(405).end();
    if (path === '/v2/') return void response.writeHead(200).end('{}');
    const list = /^\/v2\/(.+)\/tags\/list$/.exec(path)?.[1];
    if (list !== undefined && tags.has(list))
      return send(response, method, {
        type: 'application/json',
        body: json({ name: list, tags: tags.get(list) }),
      });
    const content = contents.get(path);
    if (content === undefined) {
      const body = json({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] });
      return void response.writeHead(404, { 'content-type': 'application/json' }).end(body);
    }
    const isTampered = tampered && content.type === CHART;
    return send(response, method, isTampered ? { ...content, body: flipped(content.body) } : content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    push: ({ path, version, archive }) => {
      const config = json({ name: path.split('/').at(-1), version, apiVersion: 'v2' });
      const layer = { mediaType: CHART, digest: digestOf(archive), size: archive.length };
      const head = { mediaType: CONFIG, digest: digestOf(config), size: config.length };
      const manifest = json({ schemaVersion: 2, mediaType: MANIFEST, config: head, layers: [layer] });
      const at = `/v2/${path}`;
      contents.set(`${at}/blobs/${layer.digest}`, { type: CHART, body: archive });
      contents.set(`${at}/blobs/${head.digest}`, { type: CONFIG, body: config });
      for (const name of [version, digestOf(manifest)])
        contents.set(`${at}/manifests/${name}`, { type: MANIFEST, body: manifest });
      tags.set(path, [...(tags.get(path) ?? []), version]);
      return digestOf(manifest);
    },
    tamper: () => {
      tampered = true;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, method: string, { type, body }: Content): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'docker-content-digest': digestOf(body),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** As long as before, so that only its digest tells. */
function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}
