import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolSettings, ToolchainSettings } from '../../src/domain/settings.ts';
import { createToolchain } from '../../src/toolchain/toolchain.ts';
import { createRedactor } from '../../src/util/redact.ts';
import {
  aProgram,
  makeSigningKey,
  publishTerraform,
  startReleaseServer,
  type ReleaseServer,
} from '../support/release-server.ts';

let folder: string;
let cacheDir: string;
let server: ReleaseServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-toolchain-'));
  cacheDir = join(folder, 'cache');
  server = await startReleaseServer();
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Setup extends Partial<ToolchainSettings> {
  terraform?: Partial<ToolSettings>;
  /** Folders of PATH before the machine's own, which has no Terraform here. */
  path?: string[];
}

/** The whole toolchain, with the local release server; nothing is built. */
function toolchain(setup: Setup = {}) {
  const { terraform, path = [], ...settings } = setup;
  const progress: string[] = [];
  const made = createToolchain({
    settings: {
      cacheDir: null,
      download: true,
      build: false,
      tools: { terraform: { path: null, version: null, releasesUrl: server.url, ...terraform } },
      ...settings,
    },
    cacheDir,
    baseEnv: { PATH: [...path, '/usr/bin', '/bin'].join(':'), HOME: folder },
    redactor: createRedactor(),
    onProgress: (message) => progress.push(message),
  });
  return { ...made, progress };
}

async function install(name: string, version: string): Promise<string> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  const path = join(home, 'terraform');
  await writeFile(path, aProgram(version));
  await chmod(path, 0o755);
  return path;
}

describe('the order in which a program is looked for', () => {
  it('takes the file that the config names, whatever its version', async () => {
    const path = await install('own', '0.1.0');
    expect(await toolchain({ terraform: { path } }).resolve('terraform', '~> 1.5', {})).toEqual({
      name: 'terraform',
      path,
      version: '0.1.0',
      source: 'setting',
    });
  });

  it('refuses a config that names no program, instead of taking another', async () => {
    const wrong = toolchain({ terraform: { path: join(folder, 'none') }, path: ['/usr/local/bin'] });
    await expect(wrong.resolve('terraform', undefined, {})).rejects.toMatchObject({ code: 'tool_not_found' });
  });

  it('takes PATH when the version fits, without asking any server', async () => {
    const path = await install('bin', '1.5.7');
    const found = await toolchain({ path: [join(folder, 'bin')] }).resolve('terraform', '~> 1.5.0', {});
    expect(found).toMatchObject({ path, version: '1.5.7', source: 'path' });
    expect(server.requests).toEqual([]);
  });

  it('passes over what on PATH does not fit or does not run', async () => {
    await install('old', '1.4.0');
    const broken = await install('broken', '1.5.9');
    await writeFile(broken, '#!/bin/sh\necho no version is set >&2\nexit 1\n');
    const path = await install('right', '1.5.7');
    const found = await toolchain({
      path: ['old', 'broken', 'right'].map((name) => join(folder, name)),
    }).resolve('terraform', '~> 1.5', {});
    expect(found).toMatchObject({ path, version: '1.5.7' });
  });

  it('downloads what PATH does not have, and takes it from the cache from then on', async () => {
    await install('bin', '1.4.0');
    await publishTerraform(server, '1.5.7', { others: ['1.4.9', '1.6.0-rc1', '2.0.0'] });
    const first = await toolchain({ path: [join(folder, 'bin')] }).resolve('terraform', '~> 1.5', {});
    expect(first).toMatchObject({ version: '1.5.7', source: 'download' });
    const asked = server.requests.length;
    const again = await toolchain({ path: [join(folder, 'bin')] }).resolve(
      'terraform',
      '>= 1.5, != 1.5.3',
      {},
    );
    expect(again).toMatchObject({ version: '1.5.7', source: 'cache', path: first.path });
    expect(server.requests).toHaveLength(asked);
  });

  it('takes the newest release for a stack without a constraint', async () => {
    await install('bin', '1.5.7');
    await publishTerraform(server, '1.10.2', { others: ['1.9.8', '1.11.0-beta1'] });
    const found = await toolchain({ path: [join(folder, 'bin')] }).resolve('terraform', undefined, {});
    expect(found).toMatchObject({ version: '1.10.2', source: 'download' });
  });

  it('takes the config’s version for a stack without a constraint', async () => {
    await publishTerraform(server, '1.5.7', { others: ['1.9.8'] });
    const found = await toolchain({ terraform: { version: '~> 1.5.0' } }).resolve('terraform', undefined, {});
    expect(found.version).toBe('1.5.7');
  });

  it('takes the newest that is there when the release server can’t be reached', async () => {
    await install('older', '1.5.7');
    await install('newer', '1.9.8');
    await server.stop();
    const tools = toolchain({ path: [join(folder, 'older'), join(folder, 'newer')] });
    expect(await tools.resolve('terraform', undefined, {})).toMatchObject({
      version: '1.9.8',
      source: 'path',
    });
    expect(await tools.resolve('terraform', 'latest:^1\\.5', {})).toMatchObject({ version: '1.5.7' });
  });

  it('does not wait for a server that accepts connections and never answers', async () => {
    const path = await install('bin', '1.5.7');
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const tools = toolchain({
      terraform: { releasesUrl: `http://127.0.0.1:${port}` },
      path: [join(folder, 'bin')],
    });
    expect(await tools.resolve('terraform', undefined, {})).toMatchObject({ path });
    await new Promise((resolve) => silent.close(resolve));
  });

  it('tells every way that was tried, and the ways out', async () => {
    await install('bin', '1.4.0');
    const tools = toolchain({ path: [join(folder, 'bin')] });
    const error: unknown = await tools.resolve('terraform', '9.9.9', {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'tool_not_found' });
    const { message } = error as Error;
    for (const part of [
      '9.9.9',
      'is 1.4.0',
      'cache:',
      server.url,
      'toolchain.build is off',
      'releases_url',
      '.path',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('refuses a constraint that can’t be read', async () => {
    await expect(toolchain().resolve('terraform', '=> 1.5', {})).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });
});

describe('a download', () => {
  it('with another checksum than the release names is not used, and leaves nothing in the cache', async () => {
    await publishTerraform(server, '1.5.7', { checksum: 'a'.repeat(64) });
    const error: unknown = await toolchain()
      .resolve('terraform', '1.5.7', {})
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'tool_not_found' });
    expect((error as Error).message).toContain('checksum');
    expect(await readdir(join(cacheDir, 'terraform', 'versions'))).toEqual([]);
  });

  it('is accepted with the right signature of the configured key', async () => {
    const key = await makeSigningKey();
    try {
      await publishTerraform(server, '1.5.7', { sign: key.sign });
      const tools = toolchain({ terraform: { signingKey: key.publicKeyPath } });
      expect(await tools.resolve('terraform', '1.5.7', {})).toMatchObject({ source: 'download' });
      expect(tools.progress.join('\n')).not.toContain('without a signature');
    } finally {
      await key.remove();
    }
  });

  it('is accepted with the signature of a key that has expired since', async () => {
    const key = await makeSigningKey({ expired: true });
    try {
      await publishTerraform(server, '1.5.7', { sign: key.sign });
      const tools = toolchain({ terraform: { signingKey: key.publicKeyPath } });
      expect(await tools.resolve('terraform', '1.5.7', {})).toMatchObject({ source: 'download' });
      expect(tools.progress.join('\n')).not.toContain('without a signature');
    } finally {
      await key.remove();
    }
  });

  it('is refused with another key’s signature, or without one where a key is configured', async () => {
    const [key, other] = [await makeSigningKey(), await makeSigningKey()];
    try {
      await publishTerraform(server, '1.5.7', { sign: other.sign });
      const tools = toolchain({ terraform: { signingKey: key.publicKeyPath } });
      await expect(tools.resolve('terraform', '1.5.7', {})).rejects.toThrow('signature');
      await publishTerraform(server, '1.5.8');
      await expect(tools.resolve('terraform', '1.5.8', {})).rejects.toThrow('signature');
    } finally {
      await key.remove();
      await other.remove();
    }
  });

  it('from a mirror is held against the vendor’s own key where the mirror has signatures', async () => {
    const key = await makeSigningKey();
    try {
      await publishTerraform(server, '1.5.7', { sign: key.sign });
      await expect(toolchain().resolve('terraform', '1.5.7', {})).rejects.toThrow('signature');
    } finally {
      await key.remove();
    }
  });

  it('happens once for several processes that need it at the same time', async () => {
    await publishTerraform(server, '1.5.7');
    const script = `
      const { createToolchain } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/toolchain/toolchain.ts', import.meta.url)))});
      const { createRedactor } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/util/redact.ts', import.meta.url)))});
      const tools = { terraform: { path: null, version: null, releasesUrl: ${JSON.stringify(server.url)} } };
      const toolchain = createToolchain({
        settings: { cacheDir: null, download: true, build: false, tools },
        cacheDir: ${JSON.stringify(cacheDir)}, baseEnv: { PATH: '/usr/bin:/bin' }, redactor: createRedactor(),
      });
      process.stdout.write((await toolchain.resolve('terraform', '1.5.7', {})).path);`;
    const results = await Promise.all([run(script), run(script), run(script)]);
    const path = join(cacheDir, 'terraform', 'versions', '1.5.7', 'terraform');
    expect(results).toEqual([path, path, path]);
    expect(server.requests.filter((request) => request.endsWith('.zip'))).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(aProgram('1.5.7'));
  });
});

describe('the list of programs', () => {
  it('tells what is there, and of the others how they would be had, without getting them', async () => {
    const path = await install('bin', '1.5.7');
    const list = await toolchain({ path: [join(folder, 'bin')], build: true }).list();
    expect(list.find((tool) => tool.name === 'terraform')).toEqual({
      name: 'terraform',
      version: '1.5.7',
      source: 'path',
      path,
      note: '',
    });
    const tofu = list.find((tool) => tool.name === 'opentofu');
    expect(tofu).toMatchObject({ version: null, source: null, path: null });
    expect(tofu?.note).toContain('built from Go modules');
    expect(server.requests).toEqual([]);
  });
});

async function run(script: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}
