import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { connect as dial, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TemporalSettings } from '../../src/domain/settings.ts';
import { connectTemporal } from '../../src/workers/connect.ts';
import { makeCertificate, type Certificate } from '../support/certificates.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

const SERVER = 'temporal.test';

describe('a Temporal server behind TLS', () => {
  let temporal: TestTemporal;
  let folder: string;
  let authority: Certificate;
  let stranger: Certificate;
  let server: Certificate;
  let client: Certificate;
  let gate: Server;

  beforeAll(async () => {
    temporal = await startTestTemporal();
    folder = await mkdtemp(join(tmpdir(), 'plumbline-tls-'));
    authority = await makeCertificate(folder, 'authority');
    stranger = await makeCertificate(folder, 'stranger');
    server = await makeCertificate(folder, SERVER, authority);
    client = await makeCertificate(folder, 'plumbline', authority);
    gate = await aGate(temporal.address);
  });

  afterAll(async () => {
    gate?.close();
    await temporal?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pem = async ({ certPath, keyPath }: Certificate) => ({
    cert: await readFile(certPath),
    key: await readFile(keyPath),
  });

  /** Lets those through to the real server that have a certificate of the authority. */
  async function aGate(address: string): Promise<Server> {
    const { hostname, port } = new URL(`http://${address}`);
    const options = {
      ...(await pem(server)),
      ca: await readFile(authority.certPath),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    };
    const made = createTlsServer(options, (socket) => {
      const upstream = dial(Number(port), hostname);
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    return await listening(made);
  }

  async function listening<T extends Server>(made: T): Promise<T> {
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return made;
  }

  const addressOf = (of: Server) => `127.0.0.1:${(of.address() as AddressInfo).port}`;

  function settings(
    of: Server,
    tls: Partial<NonNullable<TemporalSettings['tls']>>,
    apiKey: string | null = null,
  ): Parameters<typeof connectTemporal>[0] {
    const all = {
      serverName: SERVER,
      caPath: authority.certPath,
      certPath: client.certPath,
      keyPath: client.keyPath,
    };
    return { address: addressOf(of), namespace: 'default', tls: { ...all, ...tls }, apiKey };
  }

  it('is reached with its authority, its name and a certificate of one’s own', async () => {
    const connection = await connectTemporal(settings(gate, {}));
    const { namespaceInfo } = await connection.client.workflowService.describeNamespace({
      namespace: 'default',
    });
    expect(namespaceInfo?.name).toBe('default');
    await connection.close();
  });

  it.each([
    ['without a certificate of one’s own', () => ({ certPath: null, keyPath: null })],
    ['with one of another authority', () => stranger],
    ['whose authority is another', () => ({ caPath: stranger.certPath })],
    ['whose name is another', () => ({ serverName: 'another.test' })],
  ])('is not reached %s', async (_, tls) => {
    await expect(connectTemporal(settings(gate, tls()))).rejects.toMatchObject({
      code: 'temporal_unavailable',
      message: expect.stringContaining('temporal.tls') as string,
    });
  });

  it('is not tried with a file that can’t be read, which is named', async () => {
    const caPath = join(folder, 'none.crt');
    await expect(connectTemporal(settings(gate, { caPath }))).rejects.toMatchObject({
      code: 'temporal_tls_invalid',
      message: expect.stringContaining(caPath) as string,
    });
  });

  it('is given the API key with every call', async () => {
    const seen: unknown[] = [];
    const cloud = createSecureServer(await pem(server));
    cloud.on('stream', (stream, headers) => {
      seen.push(headers['authorization']);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' });
      stream.end();
    });
    await listening(cloud);
    try {
      await expect(
        connectTemporal(settings(cloud, { certPath: null, keyPath: null }, 'the-key')),
      ).rejects.toMatchObject({ code: 'temporal_unavailable' });
      expect(new Set(seen)).toEqual(new Set(['Bearer the-key']));
    } finally {
      cloud.close();
    }
  });
});
