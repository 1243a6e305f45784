import { drawsStack } from '../drawn-stacks.ts';
import { entryName } from '../repo-name.ts';
import type { PublishedSettings } from '../settings.ts';
import type { Stack } from '../stack.ts';

/** A need that no task of the repo can keep to: another branch of its entry draws the stack that is needed. */
export interface NeedElsewhere {
  /** The stack that is needed. */
  key: string;
  /** The repos that have it; empty: none. */
  repos: string[];
  /** The stacks of the repo that need it, sorted. */
  neededBy: string[];
}

/**
 * What a repo's own stacks need of those that are in its commit, but are no stacks of the repo (see `drawsStack`). By key.
 * @param found all stacks of the commit, with all that is known of their order
 */
export function needsElsewhere(
  settings: Pick<PublishedSettings, 'repos' | 'environments'>,
  repo: string,
  found: readonly Pick<Stack, 'key' | 'path' | 'dependsOn'>[],
): NeedElsewhere[] {
  const draws = (name: string, path: string) => drawsStack(settings, { repo: name, path });
  const [own, others] = [true, false].map((mine) => found.filter(({ path }) => draws(repo, path) === mine));
  const siblings = settings.repos.filter(({ name }) => name !== repo && entryName(name) === entryName(repo));
  return others!
    .map(({ key, path }) => ({
      key,
      repos: siblings.map(({ name }) => name).filter((name) => draws(name, path)),
      neededBy: own!
        .filter(({ dependsOn }) => dependsOn.includes(key))
        .map((stack) => stack.key)
        .toSorted(),
    }))
    .filter(({ neededBy }) => neededBy.length > 0)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
