import type { StackPlan } from '../plan.ts';

/** What is compared of a plan: as it is shown, sensitive values masked. */
type ShownPlan = Pick<StackPlan, 'changes' | 'outputs'>;

/** Stands for what no address shows: a sensitive value, say, or a source that changes nothing by itself. */
const NOT_SHOWN = 'something that is not shown';

/** Addresses whose changes differ between two plans, those of the older one first; an output is `output.NAME`. */
export function movedAddresses(before: ShownPlan, after: ShownPlan): string[] {
  const [old, now] = [said(before), said(after)];
  const addresses = new Set([...old.keys(), ...now.keys()]);
  return [...addresses].filter((address) => old.get(address) !== now.get(address));
}

/** What moved between two plans of one stack in a row: empty only when their digests are the same. */
export function unstableAddresses(
  first: ShownPlan & Pick<StackPlan, 'digest'>,
  second: ShownPlan & Pick<StackPlan, 'digest'>,
): string[] {
  if (first.digest === second.digest) return [];
  const moved = movedAddresses(first, second);
  return moved.length > 0 ? moved : [NOT_SHOWN];
}

function said({ changes, outputs }: ShownPlan): Map<string, string> {
  return new Map([
    ...changes.map(({ address, action, before, after }): [string, string] => [
      address,
      JSON.stringify([action, before, after]),
    ]),
    ...outputs.map(({ name, ...output }): [string, string] => [`output.${name}`, JSON.stringify(output)]),
  ]);
}
