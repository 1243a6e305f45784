import { stackKey } from '../domain/ids.ts';
import type { Stack } from '../domain/stack.ts';
import type { Discovery, DiscoverySource, Driver } from './driver.ts';

/** The kind of a listed stack that no driver recognises: planning it fails with `stack_not_found`. */
export const UNKNOWN_KIND = 'unknown';

/**
 * Asks every driver for its stacks, in order of precedence: a folder belongs to the first driver that claims it.
 * Listed stacks that nobody claims come last, with the kind `unknown`, so that nobody believes they were scanned.
 */
export async function findStacks(
  drivers: readonly Driver[],
  source: Omit<DiscoverySource, 'options'>,
  optionsOf: (driver: Driver) => unknown,
  onDriver: (kind: string) => void = () => undefined,
): Promise<Discovery> {
  const stacks: Stack[] = [];
  const warnings: string[] = [];
  const claimed = new Set<string>();
  for (const driver of drivers) {
    onDriver(driver.kind);
    const found = await driver.discover({ ...source, options: optionsOf(driver) });
    const mine = found.stacks.filter((stack) => !claimed.has(stack.path));
    for (const stack of mine) claimed.add(stack.path);
    stacks.push(...mine);
    warnings.push(...found.warnings);
  }
  return { stacks: [...stacks, ...unclaimed(source.listed ?? [], stacks)], warnings };
}

/** Listed entries are paths, or `path@workspace`. */
function unclaimed(listed: readonly string[], stacks: readonly Stack[]): Stack[] {
  const known = new Set(
    stacks.flatMap((stack) => [stack.path, stack.key, `${stack.path}@${stack.workspace}`]),
  );
  return listed
    .map((entry) => entry.replace(/^(?:\.\/)+(?=.)/, '').replace(/(?<=.)\/+$/, ''))
    .filter((entry) => !known.has(entry))
    .map((path) => ({ key: stackKey(path), kind: UNKNOWN_KIND, path, workspace: 'default', dependsOn: [] }));
}
