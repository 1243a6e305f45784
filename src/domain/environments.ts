import { defaultPolicy } from './eligibility/default-policy.ts';
import { environmentName, environmentOf } from './environment.ts';
import { matchesPathGlob } from './glob.ts';
import type { EnvironmentPolicy, EnvironmentSettings, EnvironmentSource } from './eligibility/policy.ts';

/** Where a stack comes from. */
export interface StackPlace {
  repo: string;
  /** The branch, tag or commit that it was found on; null: the repo's own branch, whatever it is called. */
  ref: string | null;
  path: string;
}

/** Lower ones are synced first. An environment that is not listed comes before production and after all others. */
const ORDER: Readonly<Record<string, number>> = {
  sandbox: 10,
  development: 20,
  test: 30,
  qa: 40,
  uat: 50,
  staging: 60,
  preproduction: 70,
  production: 100,
};
const ORDER_OF_OTHERS = 90;

/** Those that exist without a word in the config. */
const CONVENTIONAL: readonly { name: string; aliases: readonly string[] }[] = [
  { name: 'development', aliases: ['dev', 'devel', 'develop'] },
  { name: 'staging', aliases: ['stage', 'stg'] },
  { name: 'production', aliases: ['prod', 'prd'] },
];

/** The branch that a repo is followed at; null: its host's default one. */
export function branchOf(
  repos: readonly { name: string; branch: string | null }[],
  repo: string,
): string | null {
  return repos.find(({ name }) => name === repo)?.branch ?? null;
}

/** The place of an environment among the others when the config gives none: development, staging, production. */
export function defaultOrder(name: string): number {
  const known = environmentName(name);
  return Object.hasOwn(ORDER, known) ? ORDER[known]! : ORDER_OF_OTHERS;
}

/** An environment of which the config says nothing but, perhaps, its name: its stacks are found by convention. */
export function conventionalEnvironment(name: string): EnvironmentSettings {
  const known = environmentName(name);
  return {
    name: known,
    aliases: CONVENTIONAL.find((each) => each.name === known)?.aliases ?? [],
    sources: [],
    order: defaultOrder(known),
    policy: defaultPolicy(known),
  };
}

/** The environments of a config that lists none. Other conventional ones appear as soon as a stack belongs to them. */
export function defaultEnvironments(): EnvironmentSettings[] {
  return CONVENTIONAL.map(({ name }) => conventionalEnvironment(name));
}

/** The environment that a person means by a name or an alias; upper and lower case are one. */
export function findEnvironment(
  environments: readonly EnvironmentSettings[],
  nameOrAlias: string,
): EnvironmentSettings | undefined {
  const word = nameOrAlias.toLowerCase();
  return (
    environments.find((each) => each.name.toLowerCase() === word) ??
    environments.find((each) => each.aliases.some((alias) => alias.toLowerCase() === word)) ??
    environments.find((each) => each.name.toLowerCase() === environmentName(word))
  );
}

/** The one name of the environment that a person means by a word, whether or not it is known. */
export function environmentNamed(environments: readonly EnvironmentSettings[], word: string): string {
  return findEnvironment(environments, word)?.name ?? environmentName(word);
}

/**
 * The environment that a stack belongs to: the first whose sources name its repo, ref and path, one that names the very
 * ref before one that names none. Else convention decides: the path (`k8s/<name>`, `terraform/<name>`, `envs/<name>`, …;
 * see `environmentOf`), or else a branch with the name or an alias of a known environment. An environment that lists sources
 * of its own holds only those. Null when the stack belongs to none.
 */
export function environmentOfStack(
  environments: readonly EnvironmentSettings[],
  stack: StackPlace,
): EnvironmentSettings | null {
  for (const exactRef of [true, false]) {
    const listed = environments.find(({ sources }) =>
      sources.some((source) => (source.ref !== null) === exactRef && fits(source, stack)),
    );
    if (listed) return listed;
  }
  const byPath = environmentOf(stack.path);
  if (byPath !== null) return byConvention(environments, byPath);
  const byBranch = stack.ref === null ? undefined : branchEnvironment(environments, stack.ref);
  return byBranch === undefined ? null : byConvention(environments, byBranch);
}

/**
 * The policy that holds for a stack. One that belongs to no environment, but whose path is called like production, still
 * gets the stricter default.
 */
export function policyOfStack(
  environments: readonly EnvironmentSettings[],
  stack: StackPlace,
): EnvironmentPolicy {
  return environmentOfStack(environments, stack)?.policy ?? defaultPolicy(environmentOf(stack.path));
}

/** The tool queues that environments name for themselves, each once. */
export function ownQueues(environments: readonly EnvironmentSettings[]): string[] {
  return [...new Set(environments.flatMap(({ policy }) => policy.queue ?? []))].toSorted();
}

/** Whether a source of an environment names a stack's repo, ref and path. */
export function fits(source: EnvironmentSource, stack: StackPlace): boolean {
  return (
    (source.repo === null || source.repo === stack.repo) &&
    (source.ref === null || source.ref === stack.ref) &&
    covers(source.paths, stack.path)
  );
}

/** Whether the `paths` of a source cover a stack's path: without any, they cover everything. */
export function covers(paths: readonly string[], path: string): boolean {
  return paths.length === 0 || paths.some((pattern) => coversOne(pattern, path));
}

/** A folder covers what is below it. */
function coversOne(pattern: string, path: string): boolean {
  const folder = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
  return folder === '.' || matchesPathGlob(folder, path) || matchesPathGlob(`${folder}/**`, path);
}

function byConvention(
  environments: readonly EnvironmentSettings[],
  name: string,
): EnvironmentSettings | null {
  const listed = findEnvironment(environments, name);
  if (listed === undefined) return conventionalEnvironment(name);
  return listed.sources.length === 0 ? listed : null;
}

/** Only names that mean an environment: `main` is none. */
function branchEnvironment(environments: readonly EnvironmentSettings[], ref: string): string | undefined {
  const branch = ref.replace(/^refs\/heads\//, '');
  if (findEnvironment(environments, branch) !== undefined) return branch;
  return Object.hasOwn(ORDER, environmentName(branch)) ? branch : undefined;
}
