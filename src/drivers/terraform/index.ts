import type { Driver } from '../driver.ts';
import { applying } from './apply/index.ts';
import { discoverTerraform } from './discover.ts';
import { TERRAFORM } from './flavour.ts';
import { terraformOptions } from './options.ts';
import { planTerraform } from './plan.ts';

/** Terraform root modules and their workspaces. */
export const terraformDriver: Driver = {
  kind: 'terraform',
  options: terraformOptions,
  discover: discoverTerraform,
  plan: planTerraform,
  ...applying(TERRAFORM, (context) => terraformOptions.parse(context.options ?? {})),
};
