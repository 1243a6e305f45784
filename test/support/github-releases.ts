import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goArch, goOs } from '../../src/toolchain/releases.ts';
import { aProgram, zip, type ReleaseServer } from './release-server.ts';

/** How each vendor names and packs what it attaches to a release on GitHub. */
const VENDORS = {
  opentofu: {
    archive: (version: string) => `tofu_${version}_${goOs()}_${goArch()}.zip`,
    sums: (version: string) => `tofu_${version}_SHA256SUMS`,
    pack: (program: string) => zip({ LICENSE: 'A licence.', tofu: program }),
  },
  terragrunt: {
    archive: () => `terragrunt_${goOs()}_${goArch()}`,
    sums: () => 'SHA256SUMS',
    pack: async (program: string) => Buffer.from(program),
  },
  temporal: {
    archive: (version: string) => `temporal_cli_${version}_${goOs()}_${goArch()}.tar.gz`,
    sums: () => 'checksums.txt',
    pack: (program: string) => tarGz({ LICENSE: 'A licence.', temporal: program }),
  },
} as const;

/** A program whose vendor releases it on GitHub. */
export type GithubProgram = keyof typeof VENDORS;

/** What a mirror of one program's releases is called in the config. */
export function mirrorUrl(server: ReleaseServer, program: GithubProgram): string {
  return `${server.url}/${program}`;
}

/**
 * Publishes a release under `/<program>`: archive, checksums and, where it is signed, OpenTofu's `.gpgsig`.
 * @param options.checksum instead of the right one
 */
export async function publishOnGithub(
  server: ReleaseServer,
  program: GithubProgram,
  version: string,
  options: { checksum?: string; sign?: (data: string) => Promise<Uint8Array> } = {},
): Promise<void> {
  const vendor = VENDORS[program];
  const archive = await vendor.pack(aProgram(version));
  const checksum = options.checksum ?? createHash('sha256').update(archive).digest('hex');
  const sums = `${'0'.repeat(64)}  another-file\n${checksum}  ${vendor.archive(version)}\n`;
  const folder = `/${program}/releases/download/v${version}`;
  server.serve(`${folder}/${vendor.archive(version)}`, archive);
  server.serve(`${folder}/${vendor.sums(version)}`, sums);
  if (options.sign !== undefined)
    server.serve(`${folder}/${vendor.sums(version)}.gpgsig`, await options.sign(sums));
}

/** Publishes the list of releases, newest first, as GitHub's API answers it: in pages that name the next one. */
export function listOnGithub(
  server: ReleaseServer,
  program: GithubProgram,
  pages: readonly string[][],
): void {
  const path = (page: number) => `/${program}/releases.json${page === 0 ? '' : `?page=${page + 1}`}`;
  for (const [page, versions] of pages.entries()) {
    const releases = versions.map((version) => ({ tag_name: `v${version}`, draft: false }));
    const next = page + 1 < pages.length ? { link: `<${server.url}${path(page + 1)}>; rel="next"` } : {};
    server.serve(path(page), JSON.stringify(releases), next as Record<string, string>);
  }
}

/** A compressed tar archive with these files, made by the program `tar`. */
async function tarGz(files: Record<string, string>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-tar-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const result = spawnSync('tar', ['-czf', '-', '-C', folder, ...Object.keys(files)]);
    if (result.status !== 0) throw new Error(`tar failed: ${result.stderr.toString()}`);
    return result.stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
