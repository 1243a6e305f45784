import { posix } from 'node:path';
import type { SourcesOf } from '../driver.ts';
import { OPENTOFU, TERRAFORM } from '../terraform/flavour.ts';
import { saysOpenTofu } from '../terraform/root-modules.ts';
import { listFolders } from '../source-folders.ts';
import { pathsOfClosure } from '../terraform/source-closure.ts';
import { terragruntOptions } from './options.ts';
import { readUnitSources } from './unit-sources.ts';
import { findUnits } from './units.ts';

/** What a unit reads besides its own folder: the modules that it runs with what these name, and the `.hcl` files that it may include. */
export async function terragruntSources({ workTree, stack, options, signal }: SourcesOf): Promise<string[]> {
  const folders = await listFolders(workTree, signal);
  const units = await findUnits(workTree, folders);
  const unit = units.get(stack.path);
  if (unit === undefined) return [];
  const folder = folders.get(unit.path);
  const { tool } = terragruntOptions.parse(options ?? {});
  const flavour = tool === 'opentofu' || (folder && saysOpenTofu(folder)) ? OPENTOFU : TERRAFORM;
  const { own, closure, hashes } = await readUnitSources(workTree, unit, units, folders, flavour);
  const read = [own, closure].flatMap(pathsOfClosure);
  const shared = Object.keys(hashes).filter((path) => posix.extname(path) === '.hcl');
  return [...new Set([...read, ...shared])].filter((path) => path !== unit.path);
}
