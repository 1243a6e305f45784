import type { Driver } from '../driver.ts';
import { applying } from '../terraform/apply/index.ts';
import { discoverTerragrunt } from './discover.ts';
import { terragruntOptions } from './options.ts';
import { planTerragrunt } from './plan.ts';
import { terragruntSources } from './sources.ts';
import { unitMaker } from './ready-unit.ts';

/** Terragrunt units. */
export const terragruntDriver: Driver = {
  kind: 'terragrunt',
  options: terragruntOptions,
  inits: true,
  discover: discoverTerragrunt,
  sources: terragruntSources,
  plan: planTerragrunt,
  ...applying(unitMaker),
};
