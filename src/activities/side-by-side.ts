import type { Driver, PlanBatch } from '../drivers/driver.ts';
import type { Stack } from '../domain/stack.ts';
import type { ActivityDeps } from './deps.ts';
import { driverOptions } from './driver-options.ts';
import type { PlanStacksInput } from './job-types.ts';
import { repoOf } from './pinned-config.ts';
import type { SideBySide } from './plan-context.ts';
import type { ToolWork } from './tool-activity.ts';

/** What stacks share as long as they are planned. */
export interface OpenSideBySide extends SideBySide {
  /** Ends the use of the work trees. */
  close(): Promise<void>;
}

type Tree = Awaited<ReturnType<ToolWork['config']['git']['checkout']>>;

/** Opens what the stacks of a batch share: their drivers' batches, the drivers' options, and work trees by commit. */
export async function openSideBySide(
  deps: ActivityDeps,
  { repo, jobs }: PlanStacksInput,
  { config, signal, progress }: ToolWork,
): Promise<OpenSideBySide> {
  const known = await Promise.all(jobs.map(({ key }) => deps.store.stacks.get(repo, key)));
  const stacks = known.filter((stack) => stack !== undefined);
  const batches = new Map(deps.drivers.map((driver) => [driver, batchOf(driver, { repo, stacks, signal })]));
  const options = new Map<Driver, unknown>();
  const trees = new Map<string, Promise<Tree>>();
  const call = { signal, onProgress: (message: string) => progress.note(message) };
  return {
    plan: async (driver, context) => await (batches.get(driver) ?? driver).plan(context),
    options: (driver) => {
      if (!options.has(driver)) options.set(driver, driverOptions(driver, config));
      return options.get(driver);
    },
    tree: (commit) => {
      const tree = trees.get(commit) ?? config.git.checkout(repoOf(config.settings, repo), commit, call);
      trees.set(commit, tree);
      // What could not be had is asked for again by whoever needs it next.
      tree.catch(() => trees.delete(commit));
      return tree;
    },
    close: async () => {
      for (const tree of trees.values()) await (await tree.catch(() => undefined))?.release();
    },
  };
}

function batchOf(
  driver: Driver,
  { repo, stacks, signal }: { repo: string; stacks: readonly Stack[]; signal: AbortSignal },
): PlanBatch | undefined {
  const own = stacks.filter(({ kind }) => kind === driver.kind);
  return own.length === 0 ? undefined : driver.planMany?.({ repo, stacks: own, signal });
}
