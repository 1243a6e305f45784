import { stackKey } from '../../domain/ids.ts';
import type { Discovery, DiscoverySource } from '../driver.ts';
import { listFolders } from '../source-folders.ts';
import { readAtlantis } from '../terraform/atlantis.ts';
import { parseListed, plainStack, withProjects } from '../terraform/stack-selection.ts';
import { isSelected } from '../work-tree-paths.ts';
import { findDag } from './find-dag.ts';
import { findUnits, type Unit } from './units.ts';

/** Terragrunt's units of a work tree, each with the units that must be applied before it. Changes nothing. */
export async function discoverTerragrunt(source: DiscoverySource): Promise<Discovery> {
  const folders = await listFolders(source.workTree, source.signal);
  const units = await findUnits(source.workTree, folders);
  if (units.size === 0) return { stacks: [], warnings: [] };
  const paths =
    source.listed === undefined
      ? [...units.keys()].filter((path) => isSelected(path, source))
      : [...new Set(source.listed.flatMap((entry) => parseListed(entry)?.path ?? []))].filter((path) =>
          units.has(path),
        );
  const dag = paths.length === 0 ? {} : await findDag(source);
  const chosen = new Set(paths);
  const stacks = paths.map((path) => ({
    ...plainStack('terragrunt', { path, workspace: 'default' }),
    dependsOn: [...new Set(dag.order?.get(path) ?? parsedOrder(units.get(path)))]
      .filter((other) => chosen.has(other) && other !== path)
      .map((other) => stackKey(other))
      .sort(),
  }));
  const { projects } = await readAtlantis(source.workTree);
  // A unit has no workspaces, so that its project's means nothing.
  const ofUnits = projects
    .filter(({ path }) => chosen.has(path))
    .map((project) => ({ ...project, workspace: 'default' }));
  const warnings = dag.warning === undefined ? [] : [dag.warning];
  return { stacks: withProjects(stacks, ofUnits), warnings };
}

function parsedOrder(unit: Unit | undefined): string[] {
  if (!unit) return [];
  return [...unit.facts.dependencies.map((dependency) => dependency.path), ...unit.facts.orderOnly];
}
