import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PlumblineError } from '../../../util/errors.ts';
import type { PlanContext } from '../../driver.ts';
import { repoPath } from '../../work-tree-paths.ts';

/** @throws PlumblineError `stack_not_found` when the stack's folder isn't in the commit */
export async function requireStack(context: PlanContext): Promise<void> {
  const { path, key } = context.stack;
  const folder =
    repoPath(path) === path ? await stat(join(context.workTree, path)).catch(() => undefined) : undefined;
  if (folder?.isDirectory() !== true)
    throw new PlumblineError(
      'stack_not_found',
      `The stack ${key} has no folder ${path} in commit ${context.commit}.`,
    );
}

/** A file of variables: as the config names it, where it is, and its SHA-256. */
export interface VarFile {
  path: string;
  absolute: string;
  hash: string;
}

/** @throws PlumblineError `config_invalid` when one isn't there or leaves the repository */
export async function varFiles(context: PlanContext): Promise<VarFile[]> {
  return await Promise.all(
    context.varFiles.map(async (path) => {
      const absolute = resolve(context.workTree, path);
      const content =
        repoPath(path) === undefined ? undefined : await readFile(absolute).catch(() => undefined);
      if (content === undefined)
        throw new PlumblineError(
          'config_invalid',
          `The var file ${path} is not in commit ${context.commit}.`,
        );
      return { path, absolute, hash: createHash('sha256').update(content).digest('hex') };
    }),
  );
}
