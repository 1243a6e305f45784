import type { Driver } from '../driver.ts';
import { applying } from '../terraform/apply/index.ts';
import { rootModules } from '../terraform/apply/root-module.ts';
import { OPENTOFU } from '../terraform/flavour.ts';
import { closurePaths } from '../terraform/source-closure.ts';
import { discoverOpentofu } from './discover.ts';
import { opentofuOptions } from './options.ts';
import { planOpentofu } from './plan.ts';

/** OpenTofu root modules and their workspaces. */
export const opentofuDriver: Driver = {
  kind: 'opentofu',
  options: opentofuOptions,
  inits: true,
  discover: discoverOpentofu,
  sources: ({ workTree, stack }) => closurePaths(workTree, stack.path, OPENTOFU),
  plan: planOpentofu,
  ...applying(rootModules(OPENTOFU, (context) => opentofuOptions.parse(context.options ?? {}))),
};
