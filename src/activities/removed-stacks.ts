import { isDeepStrictEqual } from 'node:util';
import { drawsStack } from '../domain/drawn-stacks.ts';
import type { RepoSettings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';
import type { DiscoverySource } from '../drivers/driver.ts';
import type { ActivityDeps } from './deps.ts';
import { driverOptions } from './driver-options.ts';
import type { ToolWork } from './tool-activity.ts';

/** A commit, and all that was found in it. */
interface LookedAt {
  source: Omit<DiscoverySource, 'options'>;
  /** Also what other branches draw. */
  found: readonly Stack[];
  /** Somebody named the commit. */
  isNamed: boolean;
}

/**
 * Stacks that are no longer in Git and of which something is left, as the drivers know them. Only the newest commit says what is
 * gone: at one that somebody named, only what it has found so already counts.
 */
export async function removedStacks(
  deps: ActivityDeps,
  repo: RepoSettings,
  { source, found, isNamed }: LookedAt,
  { config, progress }: ToolWork,
): Promise<Stack[]> {
  const removed: Stack[] = [];
  for (const driver of deps.drivers) {
    if (driver.removed === undefined) continue;
    const options = driverOptions(driver, config);
    const { stacks, warnings } = await driver.removed({ ...source, options, found });
    for (const warning of warnings) progress.warning(warning);
    removed.push(...stacks.filter(({ path }) => drawsStack(config.settings, { repo: repo.name, path })));
  }
  if (!isNamed) return removed;
  const known = await Promise.all(removed.map(({ key }) => deps.store.stacks.get(repo.name, key)));
  return removed.filter(({ settings }, index) => isDeepStrictEqual(known[index]?.settings, settings));
}
