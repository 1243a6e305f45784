import type { Stack } from '../domain/stack.ts';
import { stackPaths } from '../domain/stack-paths.ts';
import type { ActivityDeps } from './deps.ts';
import { driverOptions } from './driver-options.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';

/** What the plans of these stacks read of a work tree besides the stacks' own folders and the var files, each path once. */
export async function sourcesOf(
  deps: Pick<ActivityDeps, 'drivers'>,
  config: PinnedConfig,
  { stacks, workTree, signal }: { stacks: readonly Stack[]; workTree: string; signal: AbortSignal },
): Promise<string[]> {
  const paths = new Set<string>();
  for (const stack of stacks) {
    signal.throwIfAborted();
    const driver = deps.drivers.find(({ kind }) => kind === stack.kind);
    const options = driver && driverOptions(driver, config);
    for (const path of (await driver?.sources?.({ workTree, stack, options, signal })) ?? []) paths.add(path);
  }
  return [...paths];
}

/**
 * All that a stack's plan reads of the repository at a commit: its folder, the modules that it calls, the var files. Empty
 * when that is everything.
 */
export async function pathsOfStack(
  deps: Pick<ActivityDeps, 'drivers'>,
  config: PinnedConfig,
  { repo: name, stack, commit }: { repo: string; stack: Stack; commit: string },
  signal: AbortSignal,
): Promise<string[]> {
  if (stack.path === '.') return [];
  const { varFiles } = config.settings.scan;
  if (!deps.drivers.find(({ kind }) => kind === stack.kind)?.sources) return stackPaths(stack.path, varFiles);
  const repo = repoOf(config.settings, name);
  const tree = await config.git.checkout(repo, commit, { signal, onProgress: () => undefined });
  try {
    const more = await sourcesOf(deps, config, { stacks: [stack], workTree: tree.path, signal });
    return stackPaths(stack.path, [...varFiles, ...more]);
  } finally {
    await tree.release();
  }
}
