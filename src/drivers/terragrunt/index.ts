import type { Driver } from '../driver.ts';
import { discoverTerragrunt } from './discover.ts';
import { terragruntOptions } from './options.ts';
import { planTerragrunt } from './plan.ts';
import { terragruntSources } from './sources.ts';

/** Terragrunt units. */
export const terragruntDriver: Driver = {
  kind: 'terragrunt',
  options: terragruntOptions,
  inits: true,
  discover: discoverTerragrunt,
  sources: terragruntSources,
  plan: planTerragrunt,
};
