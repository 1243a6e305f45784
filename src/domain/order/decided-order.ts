import type { ApplyOrder, OrderedStack, OrderProgress } from './apply-order.ts';
import type { Verdict } from '../eligibility/verdict.ts';

/** Where a stack stands in its task's order, as it is kept with its verdict. */
export type DecidedPlace = Omit<OrderedStack, 'key'> & {
  /** The circle of keys that it is on; left out: none. */
  circle?: string[];
  /** See `OrderInput`. */
  heldUp?: true;
};

/** A stack with what was decided about it. */
export interface PlacedStack {
  key: string;
  verdict: Pick<Verdict, 'kind' | 'place' | 'fate'>;
}

/** The places of a worked-out order, by key. */
export function placesOf({ stacks, cycles, heldUp = [] }: ApplyOrder): Map<string, DecidedPlace> {
  const circles = new Map(cycles.flatMap((circle) => circle.map((key) => [key, circle])));
  const held = new Set(heldUp);
  return new Map(
    stacks.map(({ key, ...place }) => {
      const circle = circles.get(key);
      return [
        key,
        {
          ...place,
          ...(circle === undefined ? {} : { circle }),
          ...(held.has(key) ? { heldUp: true as const } : {}),
        },
      ];
    }),
  );
}

/** The order that these places came from: the opposite of `placesOf`. */
export function orderOf(stacks: readonly PlacedStack[]): ApplyOrder {
  const placed = stacks.flatMap(({ key, verdict: { place } }) => (place ? [{ key, ...place }] : []));
  const cycles = new Map(placed.flatMap(({ circle }) => (circle ? [[circle.join('\0'), circle]] : [])));
  const heldUp = placed.flatMap(({ key, heldUp: held }) => (held ? [key] : []));
  return {
    stacks: placed.map(({ key, needs, promotedFrom, turn }) => ({ key, needs, promotedFrom, turn })),
    cycles: [...cycles.values()],
    ...(heldUp.length === 0 ? {} : { heldUp }),
  };
}

/** How far a task is by the verdicts of its stacks: what became of those that were applied is in their `fate`. */
export function progressOf(stacks: readonly PlacedStack[], running: readonly string[]): OrderProgress {
  const keys = (which: (verdict: PlacedStack['verdict']) => boolean) =>
    new Set(stacks.flatMap(({ key, verdict }) => (which(verdict) ? [key] : [])));
  return {
    done: keys(({ fate }) => fate === 'done'),
    failed: keys(({ fate }) => fate === 'failed'),
    waiting: keys(({ kind }) => kind === 'wait' || kind === 'blocked'),
    running: new Set(running),
  };
}
