import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rememberedPorts, rememberPorts } from './embedded-ports.ts';
import { freePort } from '../../util/free-port.ts';

describe('ports of the embedded server', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'plumbline-ports-'));
    await mkdir(join(dataDir, 'temporal'));
  });

  afterEach(async () => {
    await rm(dataDir, { recursive: true });
  });

  it('are those of the last start while both are free', async () => {
    const [port, uiPort] = [await freePort(), await freePort()];
    await rememberPorts(dataDir, { address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` });
    expect(await rememberedPorts(dataDir, '127.0.0.1')).toEqual({ port, uiPort });

    const other = createServer();
    await new Promise<void>((resolve) => other.listen(uiPort, '127.0.0.1', resolve));
    expect(await rememberedPorts(dataDir, '127.0.0.1')).toBeUndefined();
    await new Promise((resolve) => other.close(resolve));
  });

  it('are not known before the first start, nor from a damaged file', async () => {
    expect(await rememberedPorts(dataDir, '127.0.0.1')).toBeUndefined();
    await writeFile(join(dataDir, 'temporal', 'ports.json'), '{"port": 99999');
    expect(await rememberedPorts(dataDir, '127.0.0.1')).toBeUndefined();
    await writeFile(join(dataDir, 'temporal', 'ports.json'), '{"port": 99999, "uiPort": 1}');
    expect(await rememberedPorts(dataDir, '127.0.0.1')).toBeUndefined();
  });
});
