import type { StackSync } from '../domain/eligibility/hold.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';

/**
 * From which commit on people have to vouch for what a stack reads: the one that it was seen in sync with last, where that has
 * the same content in these paths as the one that was vouched for; else the latter. Null: from the beginning. See ADR 0014.
 */
export async function vouchedBase(
  { git, settings }: PinnedConfig,
  sync: StackSync | undefined,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const base = sync?.vouched ?? null;
  if (sync === undefined || base === null || base === sync.commit) return base;
  const range = { base, commit: sync.commit, paths };
  const call = { signal, onProgress: () => undefined };
  const { files } = await git.changesSince(repoOf(settings, sync.repo), range, call);
  return files.length === 0 ? sync.commit : base;
}

/** Where a stack comes from and goes to; `paths` are what it reads. */
interface Way {
  repo: string;
  vouched: string | null;
  seen: string | null;
  commit: string;
  paths: readonly string[];
}

/**
 * Commits without a trusted signature: all since the stack was seen in sync last, and of those before, which nobody has vouched
 * for, the ones that touched what it reads.
 */
export async function unsignedSince(
  { git, settings }: PinnedConfig,
  { repo: name, vouched, seen, commit, paths }: Way,
  signal: AbortSignal,
): Promise<{ commit: string }[]> {
  const repo = repoOf(settings, name);
  const call = { signal, onProgress: () => undefined };
  const since = vouched === null ? null : seen;
  const later = await git.unsignedCommits(repo, { base: since, commit, paths }, settings.commits, call);
  if (vouched === null || seen === null || vouched === seen) return later;
  const unvouched = { base: vouched, commit: seen, paths, touching: true };
  return [...later, ...(await git.unsignedCommits(repo, unvouched, settings.commits, call))];
}
