import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolSettings } from '../../src/domain/settings.ts';
import { createToolchain } from '../../src/toolchain/toolchain.ts';
import { exec } from '../../src/util/exec.ts';
import { createRedactor } from '../../src/util/redact.ts';
import { listOnGithub, mirrorUrl, publishOnGithub, type GithubProgram } from '../support/github-releases.ts';
import {
  aProgram,
  makeSigningKey,
  startReleaseServer,
  type ReleaseServer,
} from '../support/release-server.ts';

const BINARIES = { opentofu: 'tofu', terragrunt: 'terragrunt', temporal: 'temporal' } as const;
const PROGRAMS = Object.keys(BINARIES) as GithubProgram[];

let folder: string;
let cacheDir: string;
let server: ReleaseServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-github-'));
  cacheDir = join(folder, 'cache');
  server = await startReleaseServer();
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A toolchain that knows the local server as the mirror of every program; nothing is built. */
function toolchain(changes: Partial<ToolSettings> = {}) {
  const progress: string[] = [];
  const mirror = (name: GithubProgram): ToolSettings => ({
    path: null,
    version: null,
    releasesUrl: mirrorUrl(server, name),
    ...changes,
  });
  const made = createToolchain({
    settings: {
      cacheDir: null,
      download: true,
      build: false,
      tools: Object.fromEntries(PROGRAMS.map((name) => [name, mirror(name)])),
    },
    cacheDir,
    // The machine's own gpg and tar, and none of its other programs.
    baseEnv: { PATH: '/usr/bin:/bin', HOME: folder },
    redactor: createRedactor(),
    onProgress: (message) => progress.push(message),
  });
  return { ...made, progress };
}

describe('a release on GitHub', () => {
  it.each(PROGRAMS)('of %s is downloaded, unpacked and held against its checksum', async (name) => {
    await publishOnGithub(server, name, '1.6.2');
    const found = await toolchain().resolve(name, '1.6.2', {});
    const path = join(cacheDir, name, 'versions', '1.6.2', BINARIES[name]);
    expect(found).toEqual({ name, path, version: '1.6.2', source: 'download' });
    expect(await readFile(path, 'utf8')).toBe(aProgram('1.6.2'));
    expect(await readdir(join(cacheDir, name, 'versions', '1.6.2'))).toEqual([BINARIES[name]]);
  });

  it.each(PROGRAMS)('of %s with another checksum is not used, and leaves nothing', async (name) => {
    await publishOnGithub(server, name, '1.6.2', { checksum: 'a'.repeat(64) });
    await expect(toolchain().resolve(name, '1.6.2', {})).rejects.toThrow('checksum');
    expect(await readdir(join(cacheDir, name, 'versions'))).toEqual([]);
  });

  it('of OpenTofu with another key’s signature is refused without anybody having configured a key', async () => {
    const other = await makeSigningKey();
    try {
      await publishOnGithub(server, 'opentofu', '1.6.2', { sign: other.sign });
      await expect(toolchain().resolve('opentofu', '1.6.2', {})).rejects.toThrow('vendor’s key');
      expect(await readdir(join(cacheDir, 'opentofu')).catch(() => [])).not.toContain('versions');
    } finally {
      await other.remove();
    }
  });

  it('of OpenTofu is accepted with the configured key’s signature, and with no other', async () => {
    const [key, other] = [await makeSigningKey(), await makeSigningKey()];
    try {
      await publishOnGithub(server, 'opentofu', '1.6.2', { sign: key.sign });
      await publishOnGithub(server, 'opentofu', '1.6.3', { sign: other.sign });
      await publishOnGithub(server, 'opentofu', '1.6.4');
      const tools = toolchain({ signingKey: key.publicKeyPath });
      expect(await tools.resolve('opentofu', '1.6.2', {})).toMatchObject({ source: 'download' });
      expect(tools.progress.join('\n')).not.toContain('without a signature');
      await expect(tools.resolve('opentofu', '1.6.3', {})).rejects.toThrow('signature');
      await expect(tools.resolve('opentofu', '1.6.4', {})).rejects.toThrow('signature');
    } finally {
      await key.remove();
      await other.remove();
    }
  });
});

describe('the vendors’ keys', () => {
  const keys = fileURLToPath(new URL('../../tools/keys', import.meta.url));

  it.each(['hashicorp.asc', 'opentofu.asc'])(
    '%s is the one whose fingerprint stands beside it',
    async (name) => {
      const shown = await exec('gpg', ['--batch', '--show-keys', '--with-colons', join(keys, name)], {
        cwd: folder,
        env: { PATH: '/usr/bin:/bin', GNUPGHOME: folder },
        timeoutMs: 30_000,
      });
      const primary = shown.stdout.split('\n').find((line) => line.startsWith('fpr:'));
      const fingerprint = primary!.split(':')[9]!;
      const row = (await readFile(join(keys, 'README.md'), 'utf8'))
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\``));
      expect(row?.replaceAll(' ', '')).toContain(`|\`${fingerprint}\`|`);
    },
  );
});

describe('a list of releases in pages', () => {
  const listings = () => server.requests.filter((path) => path.includes('releases.json')).length;

  it('is read until an older version that fits is found', async () => {
    listOnGithub(server, 'terragrunt', [
      ['0.72.1', '0.72.0'],
      ['0.71.1', '0.71.0'],
      ['0.70.4', '0.70.0'],
    ]);
    await publishOnGithub(server, 'terragrunt', '0.70.4');
    const found = await toolchain().resolve('terragrunt', '~> 0.70.0', {});
    expect(found.version).toBe('0.70.4');
    expect(listings()).toBe(3);
  });

  it('is read no further than needed, and each page once', async () => {
    listOnGithub(server, 'terragrunt', [['0.72.1', '0.72.0'], ['0.71.1', '0.71.0'], ['0.70.0']]);
    await publishOnGithub(server, 'terragrunt', '0.72.1');
    await publishOnGithub(server, 'terragrunt', '0.71.1');
    const tools = toolchain();
    expect((await tools.resolve('terragrunt', undefined, {})).version).toBe('0.72.1');
    expect(listings()).toBe(1);
    expect((await tools.resolve('terragrunt', '< 0.72', {})).version).toBe('0.71.1');
    expect((await tools.resolve('terragrunt', '~> 0.71.1', {})).version).toBe('0.71.1');
    expect(listings()).toBe(2);
  });

  it('does not take a late patch of an old line for the newest that fits', async () => {
    listOnGithub(server, 'opentofu', [
      ['1.9.0', '1.6.9'],
      ['1.8.5', '1.8.0'],
      ['1.6.8', '1.6.0'],
    ]);
    await publishOnGithub(server, 'opentofu', '1.8.5');
    expect((await toolchain().resolve('opentofu', '< 1.9', {})).version).toBe('1.8.5');
  });

  it('says so when no page has what is needed', async () => {
    listOnGithub(server, 'opentofu', [['1.9.0'], ['1.8.0']]);
    await expect(toolchain().resolve('opentofu', '> 2.0', {})).rejects.toThrow('no release meets > 2.0');
    expect(listings()).toBe(2);
  });
});
