import type { Driver } from './driver.ts';
import { kubernetesDriver } from './kubernetes/index.ts';
import { opentofuDriver } from './opentofu/index.ts';
import { terraformDriver } from './terraform/index.ts';
import { terragruntDriver } from './terragrunt/index.ts';

/** Every driver, in the order of precedence: the first that claims a folder plans it. */
export const drivers: readonly Driver[] = [
  terragruntDriver,
  opentofuDriver,
  terraformDriver,
  kubernetesDriver,
];
