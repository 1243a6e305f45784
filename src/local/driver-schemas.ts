import type { ZodType } from 'zod';
import { drivers } from '../drivers/registry.ts';

/** Each driver's options schema by kind: handed to the config, which knows no driver. */
export function driverSchemas(): Record<string, ZodType> {
  return Object.fromEntries(drivers.map((driver) => [driver.kind, driver.options]));
}
