import type { Driver } from '../driver.ts';
import { applying } from './apply/index.ts';
import { rootModules } from './apply/root-module.ts';
import { discoverTerraform } from './discover.ts';
import { TERRAFORM } from './flavour.ts';
import { terraformOptions } from './options.ts';
import { planTerraform } from './plan.ts';
import { closurePaths } from './source-closure.ts';

/** Terraform root modules and their workspaces. */
export const terraformDriver: Driver = {
  kind: 'terraform',
  options: terraformOptions,
  inits: true,
  discover: discoverTerraform,
  sources: ({ workTree, stack }) => closurePaths(workTree, stack.path, TERRAFORM),
  plan: planTerraform,
  ...applying(rootModules(TERRAFORM, (context) => terraformOptions.parse(context.options ?? {}))),
};
