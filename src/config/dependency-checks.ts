import { findCycles } from '../domain/order/dependency-graph.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { list, section } from './raw-value.ts';
import { checkRepoPath } from './safe-path.ts';
import { didYouMean } from './suggest.ts';

/** One stack of `depends_on`, with what it needs, each with its place. */
interface Declared {
  name: string;
  path: ConfigPath;
  needs: { name: string; path: ConfigPath }[];
}

/**
 * Faults of `repos[].depends_on`: unusable names, names of stacks that the repository does not list, and circles. In a
 * repository that lists none, only its tasks can tell which stacks there are.
 */
export function dependencyProblems(repo: unknown, path: ConfigPath): ConfigProblem[] {
  const { declared, problems } = readDeclared(section(repo, 'depends_on'), [...path, 'depends_on']);
  const listed = list(repo, 'stacks').flatMap((entry) => nameOf(entry) ?? []);
  return [...problems, ...unlistedProblems(declared, listed), ...cycleProblems(declared)];
}

function readDeclared(
  dependsOn: Record<string, unknown>,
  path: ConfigPath,
): { declared: Declared[]; problems: ConfigProblem[] } {
  const declared: Declared[] = [];
  const problems: ConfigProblem[] = [];
  for (const written of Object.keys(dependsOn)) {
    const at = [...path, written];
    const checked = checkRepoPath(written);
    if (!checked.ok) {
      const { ok: _, ...fault } = checked;
      problems.push({ path: at, atKey: true, ...fault });
      continue;
    }
    const needs = list(dependsOn, written).flatMap((entry, index) => {
      const name = nameOf(entry);
      return name === undefined ? [] : [{ name, path: [...at, index] }];
    });
    declared.push({ name: checked.value, path: at, needs });
  }
  return { declared, problems };
}

function unlistedProblems(declared: readonly Declared[], listed: readonly string[]): ConfigProblem[] {
  if (listed.length === 0) return [];
  const folders = new Set(listed.flatMap((entry) => [entry, folderOf(entry)]));
  const unlisted = (name: string) => !folders.has(name) && !listed.includes(folderOf(name));
  return declared.flatMap(({ name, path, needs }) => [
    ...(unlisted(name) ? [unlistedProblem(name, { path, atKey: true }, listed)] : []),
    ...needs.filter((need) => unlisted(need.name)).map((need) => unlistedProblem(need.name, need, listed)),
  ]);
}

function unlistedProblem(
  name: string,
  { path, atKey = false }: { path: ConfigPath; atKey?: boolean },
  listed: readonly string[],
): ConfigProblem {
  const meant = didYouMean(name, listed);
  return {
    path,
    message: `"${name}" is none of the repository's stacks`,
    suggestion: meant === undefined ? 'list it under stacks' : `did you mean ${meant}?`,
    ...(atKey ? { atKey } : {}),
  };
}

function cycleProblems(declared: readonly Declared[]): ConfigProblem[] {
  const graph = new Map<string, string[]>();
  for (const { name, needs } of declared) {
    graph.set(name, [...(graph.get(name) ?? []), ...needs.map((need) => need.name)]);
    for (const need of needs) if (!graph.has(need.name)) graph.set(need.name, []);
  }
  return findCycles(graph).map((cycle) => {
    const [first, second = first] = cycle as [string, ...string[]];
    return {
      path: declared.find(({ name }) => name === first)!.path,
      message: `goes round in a circle: ${[...cycle, first].join(' → ')}`,
      suggestion: `take out one of these steps, such as ${second} under ${first}`,
      atKey: true,
    };
  });
}

/** A stack's name in its one spelling; undefined when it is none. */
function nameOf(entry: unknown): string | undefined {
  const checked = typeof entry === 'string' ? checkRepoPath(entry) : undefined;
  return checked?.ok ? checked.value : undefined;
}

/** A name without its workspace. */
function folderOf(name: string): string {
  const at = name.lastIndexOf('@');
  return at > 0 ? name.slice(0, at) : name;
}
