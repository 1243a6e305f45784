/** How many stacks come one after another before each: 0 for one that needs none. Circles are cut where they are met. */
export function dependencyDepths(
  inputs: readonly { key: string; dependsOn: readonly string[] }[],
): Map<string, number> {
  const needs = new Map(inputs.map(({ key, dependsOn }) => [key, dependsOn]));
  const depths = new Map<string, number>();
  for (const start of needs.keys()) {
    const path = depths.has(start) ? [] : [start];
    const open = new Set(path);
    while (path.length > 0) {
      const key = path.at(-1)!;
      const below = needs.get(key)!.filter((other) => needs.has(other) && other !== key);
      const next = below.find((other) => !depths.has(other) && !open.has(other));
      if (next !== undefined) {
        path.push(next);
        open.add(next);
        continue;
      }
      depths.set(key, 1 + Math.max(-1, ...below.map((other) => depths.get(other) ?? -1)));
      open.delete(path.pop()!);
    }
  }
  return depths;
}

/**
 * Circles among dependencies, each from its smallest key on: every key that is on a circle is in at least one of them.
 * `needs` holds every key that is named in it.
 */
export function findCycles(needs: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const found = new Set<string>();
  for (const key of [...peel(needs)].toSorted()) {
    if (found.has(key)) continue;
    const cycle = shortestCycle(key, needs);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const member of cycle) found.add(member);
  }
  return cycles;
}

/** What is left when everything whose needs are met is taken away, again and again. */
function peel(needs: ReadonlyMap<string, readonly string[]>): Set<string> {
  const unmet = new Map([...needs].map(([key, others]) => [key, new Set(others).size]));
  const neededBy = new Map<string, string[]>();
  for (const [key, others] of needs) {
    for (const other of new Set(others)) neededBy.set(other, [...(neededBy.get(other) ?? []), key]);
  }
  const free = [...unmet].filter(([, count]) => count === 0).map(([key]) => key);
  while (free.length > 0) {
    const key = free.pop()!;
    unmet.delete(key);
    for (const other of neededBy.get(key) ?? []) {
      const left = unmet.get(other)! - 1;
      unmet.set(other, left);
      if (left === 0) free.push(other);
    }
  }
  return new Set(unmet.keys());
}

/** The shortest way from a key back to itself. */
function shortestCycle(start: string, needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const from = new Map<string, string>();
  const queue = [start];
  for (const key of queue) {
    for (const other of needs.get(key)!) {
      if (other === start) return wayBack(key, from);
      if (from.has(other)) continue;
      from.set(other, key);
      queue.push(other);
    }
  }
  return undefined;
}

function wayBack(end: string, from: ReadonlyMap<string, string>): string[] {
  const way: string[] = [];
  for (let key: string | undefined = end; key !== undefined; key = from.get(key)) way.unshift(key);
  return way;
}
