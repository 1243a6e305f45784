import type { Stack } from '../stack.ts';

/** Stacks with the order that was declared for them, and names in it that none of them has. */
export interface DeclaredNeeds<S> {
  stacks: S[];
  /** Each once, sorted. */
  unknown: string[];
}

/**
 * Adds what was declared by folder or by `folder@workspace` to what the stacks' drivers know of their order. A folder
 * stands for all of its workspaces, but no stack is made to need itself. What needs a stack that is not there has its name
 * among `unknownNeeds`, so that whoever applies can tell that the order is not the declared one.
 */
export function withDeclaredNeeds<
  S extends Pick<Stack, 'key' | 'path' | 'workspace' | 'dependsOn' | 'unknownNeeds'>,
>(stacks: readonly S[], dependsOn: Readonly<Record<string, readonly string[]>>): DeclaredNeeds<S> {
  const declared = Object.entries(dependsOn);
  if (declared.length === 0) return { stacks: [...stacks], unknown: [] };
  const byName = new Map<string, S[]>();
  for (const stack of stacks) {
    for (const name of new Set([stack.path, stack.key, `${stack.path}@${stack.workspace}`])) {
      byName.set(name, [...(byName.get(name) ?? []), stack]);
    }
  }
  const needs = new Map<string, Set<string>>();
  const missing = new Map<string, Set<string>>();
  for (const [name, others] of declared) {
    const before = others.flatMap((other) => byName.get(other) ?? []);
    const absent = others.filter((other) => !byName.has(other));
    for (const { key } of byName.get(name) ?? []) {
      const known = needs.get(key) ?? new Set<string>();
      for (const other of before) if (other.key !== key) known.add(other.key);
      needs.set(key, known);
      missing.set(key, new Set([...(missing.get(key) ?? []), ...absent]));
    }
  }
  const names = new Set(declared.flatMap(([name, others]) => [name, ...others]));
  return {
    stacks: stacks.map((stack) => {
      const more = needs.get(stack.key) ?? new Set();
      const unknown = [...(missing.get(stack.key) ?? [])].toSorted();
      if (more.size === 0 && unknown.length === 0) return stack;
      return {
        ...stack,
        dependsOn: [...new Set([...stack.dependsOn, ...more])].toSorted(),
        ...(unknown.length === 0 ? {} : { unknownNeeds: unknown }),
      };
    }),
    unknown: [...names].filter((name) => !byName.has(name)).toSorted(),
  };
}
