import type { Driver } from '../driver.ts';
import { discoverTerraform } from './discover.ts';
import { terraformOptions } from './options.ts';
import { planTerraform } from './plan.ts';

/** Terraform root modules and their workspaces. */
export const terraformDriver: Driver = {
  kind: 'terraform',
  options: terraformOptions,
  discover: discoverTerraform,
  plan: planTerraform,
};
