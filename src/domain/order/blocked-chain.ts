/** A stack among those that it needs. */
export interface NeedingStack {
  key: string;
  dependsOn: readonly string[];
  isReady: boolean;
}

/**
 * Why stacks wait for others: of each that is not ready, the chain from what it needs first to the one that nothing else keeps.
 * Stacks that wait for nobody are left out; a circle ends where it closes.
 */
export function blockedChains(stacks: readonly NeedingStack[]): Map<string, string[]> {
  const byKey = new Map(stacks.map((stack) => [stack.key, stack]));
  const keeps = ({ dependsOn }: NeedingStack): NeedingStack | undefined =>
    dependsOn.map((key) => byKey.get(key)).find((other) => other !== undefined && !other.isReady);
  const chains = new Map<string, string[]>();
  for (const stack of stacks) {
    if (stack.isReady) continue;
    const chain: string[] = [];
    for (let at = keeps(stack); at !== undefined && at !== stack && !chain.includes(at.key); at = keeps(at))
      chain.push(at.key);
    if (chain.length > 0) chains.set(stack.key, chain);
  }
  return chains;
}
