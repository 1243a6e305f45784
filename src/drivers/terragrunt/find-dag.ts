import { z } from 'zod';
import { exec } from '../../util/exec.ts';
import type { DiscoverySource } from '../driver.ts';
import { repoPath } from '../terraform/atlantis.ts';
import { stackVersion } from '../terraform/version.ts';

const FIND_TIMEOUT_MS = 60_000;

const foundSchema = z.array(
  z.looseObject({ type: z.string(), path: z.string(), dependencies: z.array(z.string()).optional() }),
);

/**
 * What Terragrunt itself says of its units' order (`find --dag --dependencies --json`): folders that each unit depends on,
 * by folder. Undefined when there is no Terragrunt, or it is too old to know `find`: files are parsed then.
 */
export async function findDag(source: DiscoverySource): Promise<Map<string, string[]> | undefined> {
  const { tools, baseEnv, workTree, signal, log } = source;
  if (tools === undefined || baseEnv === undefined) return undefined;
  try {
    const constraint = await stackVersion(workTree, '.', TERRAGRUNT_VERSION_FILES, {
      fromSettings: undefined,
      required: undefined,
    });
    const tool = await tools('terragrunt', constraint, { signal });
    const result = await exec(tool.path, ['find', '--dag', '--dependencies', '--json', '--no-color'], {
      cwd: workTree,
      env: { ...baseEnv, TG_NON_INTERACTIVE: 'true', TG_NO_COLOR: 'true' },
      timeoutMs: FIND_TIMEOUT_MS,
      signal,
    });
    const found = foundSchema.parse(JSON.parse(result.stdout));
    return new Map(
      found
        .filter((item) => item.type === 'unit')
        .map((item) => [
          repoPath(item.path) ?? item.path,
          (item.dependencies ?? []).map((path) => repoPath(path)).filter((path) => path !== undefined),
        ]),
    );
  } catch (error) {
    signal.throwIfAborted();
    log.debug(
      { error: error instanceof Error ? error.message : '' },
      'terragrunt find is not to be had; its files are read instead',
    );
    return undefined;
  }
}

/** Where a unit's Terragrunt version is written. */
export const TERRAGRUNT_VERSION_FILES = {
  versionFiles: ['.terragrunt-version'],
  toolVersionsName: 'terragrunt',
};
