import type { Driver } from './driver.ts';
import { terraformDriver } from './terraform/index.ts';

/** Every driver, in the order of precedence: the first that claims a folder plans it. */
export const drivers: readonly Driver[] = [terraformDriver];
