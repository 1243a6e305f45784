import { newestVersion, parseVersion, type VersionConstraint } from '../domain/version-constraint.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ToolchainContext } from './context.ts';
import { fetchPage, fetchText, type HttpOptions } from './http.ts';
import type { Program } from './program.ts';
import { httpOf, releasesUrl } from './releases.ts';

/** How long a listing is believed. */
const LISTING_MS = 60 * 60 * 1000;
/** 10,000 releases; a server that always names a next page would never end. */
const MOST_PAGES = 100;

/** Finds the newest release that meets a constraint. */
export type FindRelease = (
  program: Program,
  constraint: VersionConstraint,
  signal: AbortSignal | undefined,
) => Promise<string | null>;

/** What is known of a server's releases. */
interface Listing {
  until: number;
  versions: string[];
  /** The page that was not read yet; null when all is known. */
  next: string | null;
  pages: number;
}

/**
 * Makes what asks release servers for their listings, each part of them at most once an hour.
 * @throws PlumblineError `download_failed` from the function made
 */
export function createFindRelease(context: ToolchainContext, now: () => number): FindRelease {
  const listings = new Map<string, Listing>();
  return async (program, constraint, signal) => {
    const layout = program.release;
    if (layout === null) return null;
    const base = releasesUrl(context, program, layout);
    const http = httpOf(context, signal);
    const key = `${program.name} ${base}`;
    let listing = listings.get(key);
    if (listing === undefined || listing.until < now()) {
      const first = { until: now() + LISTING_MS, pages: 0 };
      listing =
        layout.kind === 'hashicorp'
          ? { ...first, versions: await listHashicorp(`${base}/${program.name}`, http), next: null }
          : { ...first, versions: [], next: githubListing(base) };
    }
    const found = await newestOf(listing, constraint, http);
    listings.set(key, listing);
    return found;
  };
}

/** Reads on until no older page can have a newer version that meets the constraint. */
async function newestOf(
  listing: Listing,
  constraint: VersionConstraint,
  http: HttpOptions,
): Promise<string | null> {
  for (;;) {
    const found = newestVersion(listing.versions, constraint);
    if (listing.next === null || (found !== null && hasBegun(listing.versions, found))) return found;
    const page = await readGithubPage(listing.next, http);
    listing.versions.push(...page.versions);
    listing.pages += 1;
    listing.next = listing.pages < MOST_PAGES ? page.next : null;
  }
}

/**
 * Whether the first release of a version's line (1.6.0 for 1.6.9) is among those read. Pages go back in time, and lines begin
 * one after the other, so that what is newer than that version then was read, too. A late patch of an old line alone proves nothing.
 */
function hasBegun(versions: readonly string[], found: string): boolean {
  const [major, minor] = parseVersion(found)?.segments ?? [];
  return versions.some((version) => {
    const segments = parseVersion(version)?.segments;
    return segments?.[0] === major && segments?.[1] === minor && segments?.[2] === 0;
  });
}

async function readGithubPage(
  url: string,
  http: HttpOptions,
): Promise<{ versions: string[]; next: string | null }> {
  const page = await fetchPage(url, http);
  const releases = parseJson(page?.text ?? null, url);
  if (!Array.isArray(releases)) throw unreadable(url);
  const versions = releases
    .map((release: { tag_name?: unknown; draft?: unknown }) =>
      release.draft === true ? '' : String(release.tag_name),
    )
    .filter((tag) => parseVersion(tag) !== null);
  return { versions, next: page?.next ?? null };
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

/**
 * GitHub tells releases on its API's host, in pages; a mirror tells them, in the same shape, in `releases.json`, whose answer
 * may name a next page as GitHub's does.
 */
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
