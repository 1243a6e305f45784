import type { Driver } from '../driver.ts';
import { discoverTerragrunt } from './discover.ts';
import { terragruntOptions } from './options.ts';
import { planTerragrunt } from './plan.ts';

/** Terragrunt units. */
export const terragruntDriver: Driver = {
  kind: 'terragrunt',
  options: terragruntOptions,
  discover: discoverTerragrunt,
  plan: planTerragrunt,
};
