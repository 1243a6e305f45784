import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { prerelease } from 'semver';
import { PlumblineError } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import type { ResolveOptions, ToolchainContext } from './context.ts';
import { downloadFile, fetchBytes } from './http.ts';
import { findOnPath, installIntoCache } from './installed.ts';
import type { Program, ReleaseLayout } from './program.ts';
import { httpOf, releaseFiles, releasesUrl, type ReleaseFiles } from './releases.ts';
import { verifySignature } from './signature.ts';
import { readZipEntry } from './unzip.ts';

const UNPACK_TIMEOUT_MS = 5 * 60 * 1000;

/**
 * Downloads one version from its release server into the cache. The archive must have the checksum that the release's list of
 * checksums names; where gpg is there and the vendor's key is known, the list's signature must be right too.
 * The caller holds the program's lock.
 * @returns the program's path
 * @throws PlumblineError `download_failed`, `checksum_mismatch`, `signature_invalid`, `archive_invalid`
 */
export async function downloadRelease(
  context: ToolchainContext,
  program: Program & { release: ReleaseLayout },
  version: string,
  options: ResolveOptions,
): Promise<string> {
  const layout = program.release;
  const base = releasesUrl(context, program, layout);
  const files = releaseFiles(layout, base, program, version);
  const http = httpOf(context, options.signal);
  const sums = await fetchBytes(files.sumsUrl, http);
  if (sums === null)
    throw new PlumblineError('download_failed', `${base} has no ${program.name} ${version}.`);
  await verifySums(context, program, { version, sums, files, layout }, options);
  const expected = checksumOf(sums.toString('utf8'), files.archiveName);
  if (expected === null) {
    throw new PlumblineError(
      'download_failed',
      `${program.name} ${version} is not released for this machine.`,
    );
  }
  return await installIntoCache(context.cacheDir, program, version, async (folder) => {
    const archive = join(folder, 'download');
    options.onProgress(`Downloading ${program.name} ${version} from ${base}`);
    if (!(await downloadFile(files.archiveUrl, archive, { ...http, onProgress: options.onProgress }))) {
      throw new PlumblineError('download_failed', `${files.archiveUrl} does not exist.`);
    }
    await verifyChecksum(archive, expected, files.archiveUrl);
    await unpack(
      context,
      { archive, name: files.archiveName, binary: join(folder, program.binary) },
      options.signal,
    );
    await chmod(join(folder, program.binary), 0o755);
    await rm(archive, { force: true });
  });
}

async function verifySums(
  context: ToolchainContext,
  program: Program,
  release: { version: string; sums: Buffer; files: ReleaseFiles; layout: ReleaseLayout },
  options: ResolveOptions,
): Promise<void> {
  const { version, files, layout } = release;
  const own = context.settings.tools[program.name];
  const keyPath =
    own?.signingKey ?? (layout.key === null ? null : join(context.recipesDir, 'keys', layout.key));
  const [gpg] = await findOnPath('gpg', context.baseEnv['PATH']);
  if (files.signatureUrl === null || keyPath === null || gpg === undefined) {
    options.onProgress(
      `The checksums of ${program.name} are taken without a signature (${whyUnsigned(layout, gpg)})`,
    );
    return;
  }
  const signature = await fetchBytes(files.signatureUrl, httpOf(context, options.signal));
  if (signature === null) {
    const why =
      (own?.signingKey ?? null) === null ? whyMissing(own?.releasesUrl ?? null, layout, version) : null;
    if (why === null)
      throw new PlumblineError('signature_invalid', `The signature ${files.signatureUrl} is missing.`);
    options.onProgress(`The checksums of ${program.name} are taken without a signature (${why})`);
    return;
  }
  const key = await readFile(keyPath, 'utf8');
  await verifySignature(
    gpg,
    { key, data: release.sums, signature },
    { env: context.baseEnv, signal: options.signal },
  );
}

/**
 * Why a release may lack its signature while nobody has named a key: a mirror may leave signatures out, and a vendor may make none for
 * its pre-releases. Null: it may not.
 */
export function whyMissing(
  mirror: string | null,
  { unsignedPrereleases }: Pick<ReleaseLayout, 'unsignedPrereleases'>,
  version: string,
): string | null {
  if (mirror !== null) return 'the mirror has none';
  return unsignedPrereleases && prerelease(version) !== null ? 'this pre-release has none' : null;
}

function whyUnsigned(layout: ReleaseLayout, gpg: string | undefined): string {
  if (layout.signature === null) return 'the vendor signs none for gpg';
  return gpg === undefined ? 'gpg is not installed' : 'no key is configured';
}

/** The checksum that a list in `sha256sum`'s format names for a file. */
export function checksumOf(sums: string, name: string): string | null {
  for (const line of sums.split('\n')) {
    const [, checksum, file] = /^([0-9a-fA-F]{64})\s+\*?(\S+)\s*$/.exec(line) ?? [];
    if (file === name && checksum !== undefined) return checksum.toLowerCase();
  }
  return null;
}

async function verifyChecksum(path: string, expected: string, url: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest('hex');
  if (actual !== expected) {
    throw new PlumblineError(
      'checksum_mismatch',
      `${url} does not have the checksum that its release names; it was not used.`,
      {
        details: { url, expected, actual },
      },
    );
  }
}

async function unpack(
  context: ToolchainContext,
  file: { archive: string; name: string; binary: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const binary = file.binary.slice(file.binary.lastIndexOf('/') + 1);
  if (file.name.endsWith('.zip')) {
    await writeFile(file.binary, await readZipEntry(file.archive, binary));
  } else if (file.name.endsWith('.tar.gz')) {
    const folder = file.binary.slice(0, -binary.length);
    const args = ['-xzf', file.archive, '-C', folder, binary];
    await exec('tar', args, { cwd: folder, env: context.baseEnv, timeoutMs: UNPACK_TIMEOUT_MS, signal });
  } else {
    await rename(file.archive, file.binary);
  }
}
