import { z } from 'zod';
import { exec } from '../../util/exec.ts';
import type { DiscoverySource, ResolvedTool } from '../driver.ts';
import { repoPath } from '../work-tree-paths.ts';
import { stackVersion } from '../terraform/version.ts';

const FIND_TIMEOUT_MS = 60_000;

const foundSchema = z.array(
  z.looseObject({ type: z.string(), path: z.string(), dependencies: z.array(z.string()).optional() }),
);

/** What Terragrunt says of its units' order: folders that each unit depends on, by folder; or why it says nothing. */
export interface FoundDag {
  order?: Map<string, string[]>;
  warning?: string;
}

/**
 * Asks Terragrunt itself for its units' order (`find --dag --dependencies --json`), with the environment that its plans get.
 * Without an answer, files are parsed; where there is a Terragrunt that can't tell, a warning says so.
 */
export async function findDag(source: DiscoverySource): Promise<FoundDag> {
  const { tools, baseEnv, workTree, signal, log } = source;
  if (tools === undefined || baseEnv === undefined) return {};
  let tool: ResolvedTool | undefined;
  try {
    const constraint = await stackVersion(workTree, '.', TERRAGRUNT_VERSION_FILES, {
      fromSettings: undefined,
      required: undefined,
    });
    tool = await tools('terragrunt', constraint, { signal });
    const result = await exec(tool.path, ['find', '--dag', '--dependencies', '--json', '--no-color'], {
      cwd: workTree,
      env: { ...baseEnv, ...source.env?.(), TG_NON_INTERACTIVE: 'true', TG_NO_COLOR: 'true' },
      timeoutMs: FIND_TIMEOUT_MS,
      signal,
    });
    const found = foundSchema.parse(JSON.parse(result.stdout));
    return { order: orderOf(found) };
  } catch (error) {
    signal.throwIfAborted();
    log.debug(
      { error: error instanceof Error ? error.message : '' },
      'terragrunt find is not to be had; its files are read instead',
    );
    return tool === undefined ? {} : { warning: NOT_TOLD };
  }
}

const NOT_TOLD =
  '`terragrunt find` failed (an older version, or a variable that `scan.env` lacks?): the order of units is read from their files, as far as paths are literal there.';

function orderOf(found: z.infer<typeof foundSchema>): Map<string, string[]> {
  return new Map(
    found
      .filter((item) => item.type === 'unit')
      .map((item) => [
        repoPath(item.path) ?? item.path,
        (item.dependencies ?? []).map((path) => repoPath(path)).filter((path) => path !== undefined),
      ]),
  );
}

/** Where a unit's Terragrunt version is written. */
export const TERRAGRUNT_VERSION_FILES = {
  versionFiles: ['.terragrunt-version'],
  toolVersionsName: 'terragrunt',
};
