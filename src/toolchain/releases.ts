import { newestVersion, parseVersion, type VersionConstraint } from '../domain/version-constraint.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ToolchainContext } from './context.ts';
import { fetchText, type HttpOptions } from './http.ts';
import type { Program, ReleaseLayout } from './programs.ts';

/** How long a listing is believed. */
const LISTING_MS = 60 * 60 * 1000;

/** Where the files of one release are. */
export interface ReleaseFiles {
  archiveUrl: string;
  archiveName: string;
  sumsUrl: string;
  signatureUrl: string | null;
}

/** Finds the newest release that meets a constraint. */
export type FindRelease = (
  program: Program,
  constraint: VersionConstraint,
  signal: AbortSignal | undefined,
) => Promise<string | null>;

/** The server of a program's releases: the config's, or the vendor's. */
export function releasesUrl(context: ToolchainContext, program: Program, layout: ReleaseLayout): string {
  const own = context.settings.tools[program.name]?.releasesUrl;
  return (own ?? layout.baseUrl).replace(/\/+$/, '');
}

/** The files of one version for this machine. */
export function releaseFiles(
  layout: ReleaseLayout,
  base: string,
  program: Program,
  version: string,
): ReleaseFiles {
  const fill = (template: string) =>
    template.replaceAll('{version}', version).replaceAll('{os}', goOs()).replaceAll('{arch}', goArch());
  const folder =
    layout.kind === 'hashicorp'
      ? `${base}/${program.name}/${version}`
      : `${base}/releases/download/v${version}`;
  return {
    archiveUrl: `${folder}/${fill(layout.archive)}`,
    archiveName: fill(layout.archive),
    sumsUrl: `${folder}/${fill(layout.sums)}`,
    signatureUrl: layout.signature === null ? null : `${folder}/${fill(layout.signature)}`,
  };
}

/**
 * Makes what asks release servers for their listings, at most once an hour each.
 * @throws PlumblineError `download_failed` from the function made
 */
export function createFindRelease(context: ToolchainContext, now: () => number): FindRelease {
  const listings = new Map<string, { until: number; versions: string[] }>();
  return async (program, constraint, signal) => {
    const layout = program.release;
    if (layout === null) return null;
    const base = releasesUrl(context, program, layout);
    const key = `${program.name} ${base}`;
    let listing = listings.get(key);
    if (listing === undefined || listing.until < now()) {
      const versions = await listVersions(layout, base, program, httpOf(context, signal));
      listing = { versions, until: now() + LISTING_MS };
      listings.set(key, listing);
    }
    return newestVersion(listing.versions, constraint);
  };
}

/** How this toolchain speaks HTTP. */
export function httpOf(context: ToolchainContext, signal: AbortSignal | undefined): HttpOptions {
  return { env: context.baseEnv, unreachable: context.unreachable, signal };
}

async function listVersions(
  layout: ReleaseLayout,
  base: string,
  program: Program,
  http: HttpOptions,
): Promise<string[]> {
  if (layout.kind === 'hashicorp') return await listHashicorp(`${base}/${program.name}`, http);
  const url = githubListing(base);
  const text = await fetchText(url, http);
  const releases = parseJson(text, url);
  if (!Array.isArray(releases)) throw unreadable(url);
  return releases
    .map((release: { tag_name?: unknown; draft?: unknown }) =>
      release.draft === true ? '' : String(release.tag_name),
    )
    .filter((tag) => parseVersion(tag) !== null);
}

/** The vendor's own index, or, from mirrors that have none, the links of the folder's page. */
async function listHashicorp(folder: string, http: HttpOptions): Promise<string[]> {
  const index = await fetchText(`${folder}/index.json`, http);
  if (index !== null) {
    const { versions } = parseJson(index, `${folder}/index.json`) as { versions?: Record<string, unknown> };
    return Object.keys(versions ?? {});
  }
  const page = await fetchText(`${folder}/`, http);
  if (page === null) throw unreadable(`${folder}/index.json`);
  return [...page.matchAll(/href="[^"]*?\/?v?(\d+\.\d+\.\d+[^"/]*)\/?"/g)].map((match) => match[1] ?? '');
}

/** GitHub tells releases on its API's host; a mirror tells them, in the same shape, in `releases.json`. */
function githubListing(base: string): string {
  const { host, pathname } = new URL(base);
  if (host === 'github.com') return `https://api.github.com/repos${pathname}/releases?per_page=100`;
  return `${base}/releases.json`;
}

function parseJson(text: string | null, url: string): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw unreadable(url);
  }
}

function unreadable(url: string): PlumblineError {
  return new PlumblineError('download_failed', `${url} has no list of releases.`);
}

/** This machine, in Go's words. */
export function goOs(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

/** This machine's processor, in Go's words. */
export function goArch(): string {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' };
  return names[process.arch] ?? process.arch;
}
