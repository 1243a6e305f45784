import { matchesPathGlob } from '../../domain/glob.ts';
import type { Discovery, DiscoverySource } from '../driver.ts';
import { discoverFlavour } from '../terraform/discover.ts';
import { OPENTOFU } from '../terraform/flavour.ts';
import { hasTerragrunt, saysOpenTofu } from '../terraform/root-modules.ts';
import { opentofuOptions } from './options.ts';

/**
 * OpenTofu's stacks of a work tree: folders with a `.tofu` file or `.opentofu-version`, those of the option `paths`, and
 * Atlantis projects whose `terraform_distribution` is `opentofu`. Changes nothing.
 */
export async function discoverOpentofu(source: DiscoverySource): Promise<Discovery> {
  const options = opentofuOptions.parse(source.options ?? {});
  return await discoverFlavour(source, {
    flavour: OPENTOFU,
    options,
    claims: (folder, distribution) =>
      !hasTerragrunt(folder) &&
      (distribution === 'opentofu' ||
        saysOpenTofu(folder) ||
        options.paths.some((glob) => matchesPathGlob(glob, folder.path))),
  });
}
