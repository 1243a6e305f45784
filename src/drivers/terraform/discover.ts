import type { Stack } from '../../domain/stack.ts';
import type { Discovery, DiscoverySource } from '../driver.ts';
import { listFolders, type SourceFolder } from '../source-folders.ts';
import { isSelected, repoPath } from '../work-tree-paths.ts';
import { readAtlantis, type AtlantisProject } from './atlantis.ts';
import { configFiles, TERRAFORM, type Flavour } from './flavour.ts';
import { terraformOptions, type TerraformOptions } from './options.ts';
import { findRootModules, hasTerragrunt, saysOpenTofu } from './root-modules.ts';
import { optionWorkspaces, parseListed, plainStack, withProjects, type Selected } from './stack-selection.ts';

/** What one of the two drivers looks for. */
export interface FlavourDiscovery {
  flavour: Flavour;
  options: TerraformOptions;
  /** Whether a folder with configuration is this driver's; `distribution` is what atlantis.yaml says of it. */
  claims: (folder: SourceFolder, distribution: string | undefined) => boolean;
}

/** Terraform's stacks of a work tree: see docs/drivers.md for the rules. Changes nothing. */
export async function discoverTerraform(source: DiscoverySource): Promise<Discovery> {
  return await discoverFlavour(source, {
    flavour: TERRAFORM,
    options: terraformOptions.parse(source.options ?? {}),
    claims: (folder, distribution) =>
      !hasTerragrunt(folder) &&
      distribution !== 'opentofu' &&
      (distribution === 'terraform' || !saysOpenTofu(folder)),
  });
}

/** Discovery as Terraform's and OpenTofu's drivers share it. */
export async function discoverFlavour(source: DiscoverySource, how: FlavourDiscovery): Promise<Discovery> {
  const [folders, atlantis] = await Promise.all([
    listFolders(source.workTree, source.signal),
    readAtlantis(source.workTree),
  ]);
  const distributions = new Map(atlantis.projects.map((project) => [project.path, project.distribution]));
  const isOurs = (path: string) => {
    const folder = folders.get(path);
    if (!folder || configFiles(folder.files, how.flavour).length === 0) return false;
    return how.claims(folder, distributions.get(path));
  };
  const selected =
    source.listed === undefined
      ? await findSelected(source, how, folders, atlantis.projects, isOurs)
      : listedSelected(source.listed, how.options, isOurs);
  const stacks = new Map<string, Stack>();
  for (const each of selected) {
    const stack = plainStack(how.flavour.kind, each);
    stacks.set(stack.key, stack);
  }
  return {
    stacks: withProjects([...stacks.values()], atlantis.projects),
    // All drivers of this core read the file; one says what is wrong with it.
    warnings: how.flavour.kind === 'terraform' ? atlantis.warnings : [],
  };
}

/** What is listed is taken as it is; a folder without a workspace stands for those that the option gives it. */
function listedSelected(
  listed: readonly string[],
  options: TerraformOptions,
  isOurs: (path: string) => boolean,
): Selected[] {
  return listed
    .map((entry) => ({ entry, selected: parseListed(entry) }))
    .flatMap(({ entry, selected }) => {
      // A folder's own name may hold an @.
      const whole = repoPath(entry);
      if (whole !== undefined && entry.includes('@') && isOurs(whole))
        return [{ path: whole, workspace: 'default' }];
      if (selected === undefined || !isOurs(selected.path)) return [];
      if (entry.includes('@')) return [selected];
      return (optionWorkspaces(selected.path, options.workspaces) ?? ['default']).map((workspace) => ({
        path: selected.path,
        workspace,
      }));
    });
}

async function findSelected(
  source: DiscoverySource,
  how: FlavourDiscovery,
  folders: ReadonlyMap<string, SourceFolder>,
  projects: readonly AtlantisProject[],
  isOurs: (path: string) => boolean,
): Promise<Selected[]> {
  const roots = await findRootModules(source.workTree, folders, how.flavour, source.signal);
  const paths = [...new Set([...roots, ...projects.map((project) => project.path)])].sort();
  return paths
    .filter((path) => isOurs(path) && isSelected(path, source))
    .flatMap((path) => {
      const workspaces = projects
        .filter((project) => project.path === path)
        .map((project) => project.workspace);
      const fromOption = optionWorkspaces(path, how.options.workspaces) ?? [];
      const all = new Set([...workspaces, ...fromOption]);
      return (all.size === 0 ? ['default'] : [...all]).map((workspace) => ({ path, workspace }));
    });
}
