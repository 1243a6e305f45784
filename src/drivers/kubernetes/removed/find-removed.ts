import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '../../../domain/stack.ts';
import { metaTexts } from '../../../kube/object.ts';
import { errorCode } from '../../../util/errors.ts';
import type { Discovery, RemovedSource } from '../../driver.ts';
import { repoPath } from '../../work-tree-paths.ts';
import { findDefinedStacks } from '../definitions/defined-stacks.ts';
import { inventoryOf, readAllParts, type Inventory } from '../inventory.ts';
import { STACK_LABEL, stackId } from '../labels.ts';
import { openOptions } from '../session.ts';
import { readKubernetesOptions, type KubernetesOptions } from '../stack-options.ts';
import { removedStack } from './removed-stack.ts';

/**
 * The stacks that inventories of this repository are left of and that Git no longer has: their folder is gone, or the
 * definition that made them. Changes nothing. What the config leaves out, or a definition that can't be placed, is not taken for
 * removed: then none is, and a warning says why. As Flux does it when a Kustomization with `prune` is deleted
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#prune), but as a plan that people see first.
 */
export async function findRemoved(source: RemovedSource): Promise<Discovery> {
  const options = readKubernetesOptions(source.options);
  // A list names what is a stack; what it doesn't name, nobody has removed.
  if (options.clusters.length === 0 || source.listed !== undefined) return NONE;
  const known = new Set(source.found.map(({ key }) => key));
  const warnings: string[] = [];
  const left: { inventory: Inventory; cluster: string }[] = [];
  for (const { name } of options.clusters) {
    const { inventories, warnings: said } = await inventoriesIn(source, options, name);
    warnings.push(...said);
    const unknown = inventories.filter(({ stackKey }) => !known.has(stackKey));
    left.push(...unknown.map((inventory) => ({ inventory, cluster: name })));
  }
  if (left.length === 0) return { stacks: [], warnings };
  const defined = await findDefinedStacks({ ...source, include: [], exclude: [] }, options);
  if (defined.warnings.length > 0) {
    const keys = left.map(({ inventory }) => inventory.stackKey).join(', ');
    const why = `Whether ${keys} was removed from Git can't be told as long as not all definitions can be read or placed: nothing of it is pruned.`;
    return { stacks: [], warnings: [...warnings, why] };
  }
  const stacks = new Map<string, Stack>();
  for (const { inventory, cluster } of left) {
    if (!(await isGone(source, inventory, defined.stacks))) continue;
    const { stackKey } = inventory;
    if (stacks.has(stackKey))
      warnings.push(`${stackKey} is left on several clusters: ${cluster} comes after the others.`);
    else stacks.set(stackKey, removedStack(inventory, cluster, source));
  }
  return { stacks: [...stacks.values()], warnings };
}

const NONE: Discovery = { stacks: [], warnings: [] };

/** This repository's inventories in a cluster. One that can't be read, and a cluster that does not answer, is only warned of. */
async function inventoriesIn(
  { repo, baseEnv = {}, signal }: RemovedSource,
  options: KubernetesOptions,
  name: string,
): Promise<{ inventories: Inventory[]; warnings: string[] }> {
  const warnings: string[] = [];
  const inventories: Inventory[] = [];
  try {
    const place = await openOptions(options, name, { baseEnv, signal });
    const parts = await readAllParts(place);
    for (const [id, own] of Map.groupBy(parts, (part) => metaTexts(part, 'labels')[STACK_LABEL] ?? '')) {
      if (own.every((part) => metaTexts(part, 'annotations')['plumbline.dev/repo'] !== repo)) continue;
      const inventory = inventoryOf(own, id);
      if (inventory !== undefined && isWhole(inventory, repo)) inventories.push(inventory);
    }
  } catch (error) {
    signal.throwIfAborted();
    warnings.push(
      `The inventories of ${name} can't be read (${errorCode(error) ?? 'internal'}): stacks there that were removed from Git are not seen.`,
    );
    return { inventories: [], warnings };
  }
  return { inventories, warnings };
}

/** What somebody else has written there is none of ours. */
function isWhole({ stackId: id, repo, stackKey, path }: Inventory, ownRepo: string): boolean {
  return repo === ownRepo && id === stackId(repo, stackKey) && repoPath(path) === path;
}

async function isGone(
  { workTree }: RemovedSource,
  { path, definition }: Inventory,
  defined: readonly Stack[],
): Promise<boolean> {
  if (definition === undefined) return await isMissing(join(workTree, path));
  const [file = '', name = ''] = definition.split('#');
  const isThere = defined.some(
    (stack) => stack.path === path && stack.settings?.['definition']?.split('#')[1] === name,
  );
  if (isThere) return false;
  if (defined.some((stack) => stack.settings?.['definition']?.split('#')[1] === name)) return true;
  // A definition that still stands there is one that the config no longer wants read.
  const plain = name.slice(name.lastIndexOf('/') + 1);
  const text = await readFile(join(workTree, file), 'utf8').catch(() => '');
  return !text.includes(plain);
}

async function isMissing(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ENOTDIR',
  );
}
