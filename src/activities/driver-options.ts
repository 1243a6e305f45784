import type { Driver } from '../drivers/driver.ts';
import type { PinnedConfig } from './pinned-config.ts';

/** This driver's options as its schema reads them from the pinned config. */
export function driverOptions(driver: Driver, config: PinnedConfig): unknown {
  return driver.options.parse(config.settings.drivers[driver.kind] ?? {});
}
