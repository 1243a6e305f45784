import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseEnv } from '../../src/util/exec-env.ts';
import { freePort } from '../../src/util/free-port.ts';
import {
  type EmbeddedTemporalOptions,
  readEmbeddedAddress,
  startEmbeddedTemporal,
} from '../../src/workers/embedded-temporal.ts';
import { processState, type ProcessIdentity } from '../../src/workers/process-identity.ts';
import { temporalBinary } from '../support/tools.ts';
import { testLog } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-embedded-'));
});
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedTemporalOptions> = {}) {
  return await startEmbeddedTemporal({
    binary: await temporalBinary(),
    dataDir,
    log: testLog(),
    env: baseEnv(process.env),
    ...options,
  });
}

/** The real program, which ends at once when it is first run, as it does when its port is taken. */
async function endsAtFirst(): Promise<{ binary: string; runs: () => Promise<string[]> }> {
  const binary = join(dataDir, 'temporal-ends-at-first');
  const runs = join(dataDir, 'runs');
  const script = [
    '#!/bin/sh',
    `echo "$@" >> '${runs}'`,
    `[ "$(wc -l < '${runs}')" -gt 1 ] || exit 1`,
    `exec '${await temporalBinary()}' "$@"`,
  ];
  await writeFile(binary, script.join('\n'), { mode: 0o755 });
  return { binary, runs: async () => (await readFile(runs, 'utf8')).trim().split('\n') };
}

async function published(): Promise<{ server: ProcessIdentity; owner: ProcessIdentity }> {
  return JSON.parse(await readFile(join(dataDir, 'temporal.json'), 'utf8')) as {
    server: ProcessIdentity;
    owner: ProcessIdentity;
  };
}

describe('the embedded Temporal server', () => {
  it('is published while it runs, starts again when it dies, and ends when it is stopped', async () => {
    const server = await start();
    const first = (await published()).server;
    expect(await readEmbeddedAddress(dataDir)).toBe(server.address);
    expect((await fetch(server.uiUrl)).status).toBe(200);
    process.kill(first.pid, 'SIGKILL');
    const second = await waitFor('the server to come back', async () => {
      const { server: now } = await published();
      return now.pid === first.pid ? undefined : now;
    });
    expect(await readEmbeddedAddress(dataDir)).toBe(server.address);
    await server.stop();
    expect(await processState(second)).toBe('gone');
    expect(await readEmbeddedAddress(dataDir)).toBeUndefined();
  });

  it('is taken over from a process that was killed, so that one database is never opened twice', async () => {
    const server = await start();
    const { server: identity, owner } = await published();
    // As if its owner had been killed: nobody has that PID with that start time.
    const text = JSON.stringify({
      address: server.address,
      uiUrl: server.uiUrl,
      server: identity,
      owner: { ...owner, startedAt: '1' },
    });
    await writeFile(join(dataDir, 'temporal.json'), text);
    const successor = await start();
    expect(successor.address).toBe(server.address);
    expect((await published()).server).toEqual(identity);
    expect((await published()).owner).toEqual(owner);
    await successor.stop();
    await server.stop();
    expect(await processState(identity)).toBe('gone');
  });

  it('is reached where it is told to be, with its Web UI on the loopback interface alone', async () => {
    const server = await start({ ip: '127.0.0.2' });
    expect(server.address).toMatch(/^127\.0\.0\.2:/);
    expect(await readEmbeddedAddress(dataDir)).toBe(server.address);
    expect((await fetch(server.uiUrl)).status).toBe(200);
    const elsewhere = server.uiUrl.replace('127.0.0.1', '127.0.0.2');
    await expect(fetch(elsewhere)).rejects.toThrow('fetch failed');
    await server.stop();
  });

  it('is tried on other ports when its own were taken between their choice and its start', async () => {
    const { binary, runs } = await endsAtFirst();
    const server = await start({ binary });
    try {
      const ports = (await runs()).map((line) => /--port (\d+)/.exec(line)?.[1]);
      expect(new Set(ports).size).toBe(2);
      expect(server.address).toBe(`127.0.0.1:${ports[1]}`);
    } finally {
      await server.stop();
    }
  });

  it('stays on the ports that it was told', async () => {
    const { binary } = await endsAtFirst();
    await rm(join(dataDir, 'runs'), { force: true });
    const [port, uiPort] = [await freePort(), await freePort()];
    await expect(start({ binary, port, uiPort })).rejects.toMatchObject({ code: 'temporal_start_failed' });
  });
});
