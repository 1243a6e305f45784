import { fileURLToPath } from 'node:url';
import type { ToolResolver } from '../../src/drivers/driver.ts';
import { toolsOnPath } from './terraform.ts';

/** The stand-in for Terragrunt; see the program's own words. */
const STAND_IN_TERRAGRUNT = fileURLToPath(new URL('./terragrunt-stand-in.mjs', import.meta.url));

/** Gives the stand-in as Terragrunt, and the real Terraform. */
export const standInTerragrunt: ToolResolver = async (name, constraint, options) => {
  if (name !== 'terragrunt') return await toolsOnPath(name, constraint, options);
  return { name, path: STAND_IN_TERRAGRUNT, version: '0.80.0', source: 'setting' };
};
