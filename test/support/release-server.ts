import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goArch, goOs } from '../../src/toolchain/releases.ts';

/** A server of releases in the layout of releases.hashicorp.com and of GitHub, on a free port of 127.0.0.1. */
export interface ReleaseServer {
  url: string;
  /** Paths that were asked for, in order. */
  requests: string[];
  /** Answers this path with this content, and these headers. */
  serve(path: string, content: string | Uint8Array, headers?: Record<string, string>): void;
  stop(): Promise<void>;
}

export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, { content: string | Uint8Array; headers: Record<string, string> }>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const file = files.get(path);
    if (file === undefined) response.writeHead(404).end();
    else {
      const length = { 'content-length': Buffer.byteLength(file.content) };
      response.writeHead(200, { ...length, ...file.headers }).end(file.content);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    serve: (path, content, headers = {}) => void files.set(path, { content, headers }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A program that answers `version -json` as Terraform does. */
export function aProgram(version: string): string {
  return `#!/bin/sh\necho '{"terraform_version": "${version}"}'\n`;
}

/**
 * Publishes a Terraform release: index, archive and checksums.
 * @param options.checksum instead of the right one
 * @param options.sign makes the signature of the checksums
 */
export async function publishTerraform(
  server: ReleaseServer,
  version: string,
  options: { checksum?: string; sign?: (data: string) => Promise<Uint8Array>; others?: string[] } = {},
): Promise<void> {
  const name = `terraform_${version}_${goOs()}_${goArch()}.zip`;
  const archive = await zip({ 'LICENSE.txt': 'A licence.', terraform: aProgram(version) });
  const checksum = options.checksum ?? createHash('sha256').update(archive).digest('hex');
  const sums = `${'0'.repeat(64)}  terraform_${version}_plan9_mips.zip\n${checksum}  ${name}\n`;
  const folder = `/terraform/${version}`;
  server.serve(`${folder}/${name}`, archive);
  server.serve(`${folder}/terraform_${version}_SHA256SUMS`, sums);
  if (options.sign !== undefined) {
    server.serve(`${folder}/terraform_${version}_SHA256SUMS.sig`, await options.sign(sums));
  }
  const versions = Object.fromEntries([version, ...(options.others ?? [])].map((each) => [each, {}]));
  server.serve('/terraform/index.json', JSON.stringify({ name: 'terraform', versions }));
}

/** A signing key of gpg's, in a folder of its own. */
export interface SigningKey {
  /** The armored public key. */
  publicKeyPath: string;
  sign: (data: string) => Promise<Uint8Array>;
  remove(): Promise<void>;
}

/**
 * Makes a key that signs; gpg must be installed.
 * @param options.expired a key of 2024 that ended a day later, with which all is signed within that day
 */
export async function makeSigningKey(options: { expired?: boolean } = {}): Promise<SigningKey> {
  const home = await mkdtemp(join(tmpdir(), 'plumbline-key-'));
  const gpg = (...args: string[]) => {
    const all = [
      '--batch',
      '--no-tty',
      '--homedir',
      home,
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      ...(options.expired === true ? ['--faked-system-time', '20240101T000000'] : []),
      ...args,
    ];
    const result = spawnSync('gpg', all, { cwd: home });
    if (result.status !== 0)
      throw new Error(`gpg ${args[0]} failed: ${result.stderr?.toString() ?? 'it is not installed'}`);
    return result.stdout;
  };
  gpg(
    '--quick-generate-key',
    'Releases <releases@plumbline.invalid>',
    'ed25519',
    'sign',
    options.expired === true ? '1d' : 'never',
  );
  const publicKeyPath = join(home, 'public.asc');
  await writeFile(publicKeyPath, gpg('--armor', '--export'));
  return {
    publicKeyPath,
    sign: async (data) => {
      await writeFile(join(home, 'data'), data);
      gpg('--yes', '--output', 'data.sig', '--detach-sign', 'data');
      return await readFile(join(home, 'data.sig'));
    },
    remove: async () => {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A zip archive with these files, made by the program `zip`. */
export async function zip(files: Record<string, string>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-zip-'));
  try {
    await mkdir(join(folder, 'in'));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'in', name), content);
    const names = Object.keys(files);
    const result = spawnSync('zip', ['-q', '../out.zip', ...names], { cwd: join(folder, 'in') });
    if (result.status !== 0)
      throw new Error(`zip failed: ${result.stderr?.toString() ?? 'it is not installed'}`);
    return await readFile(join(folder, 'out.zip'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
