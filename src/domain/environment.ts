/** Folders whose subfolders are environments, by convention. */
const CONTAINERS: readonly string[] = [
  'k8s',
  'kubernetes',
  'terraform',
  'tofu',
  'opentofu',
  'terragrunt',
  'ansible',
  'helm',
  'infrastructure',
  'infra',
  'envs',
  'env',
  'environments',
  'overlays',
  'clusters',
  'live',
  'stages',
];

/** Short and long forms of the usual environments. */
const ALIASES: Readonly<Record<string, string>> = {
  prod: 'production',
  prd: 'production',
  production: 'production',
  stage: 'staging',
  stg: 'staging',
  staging: 'staging',
  dev: 'development',
  devel: 'development',
  develop: 'development',
  development: 'development',
  test: 'test',
  tst: 'test',
  testing: 'test',
  qa: 'qa',
  uat: 'uat',
  sandbox: 'sandbox',
  preprod: 'preproduction',
  'pre-prod': 'preproduction',
  preproduction: 'preproduction',
};

/** Folders that stand beside environments, but are none. */
const NO_ENVIRONMENTS: readonly string[] = [
  'modules',
  'module',
  'components',
  'base',
  'bases',
  'lib',
  'charts',
  'apps',
  'stacks',
  'common',
  'shared',
  'policies',
  'templates',
  '.',
];

/** The one name of an environment that has several: `prod` is `production`. Other names stay, in lower case. */
export function environmentName(word: string): string {
  const plain = word.toLowerCase();
  return Object.hasOwn(ALIASES, plain) ? ALIASES[plain]! : plain;
}

/**
 * The environment that a stack's path names, by convention: `k8s/<name>`, `terraform/<name>`,
 * `terraform/environments/<name>`, `envs/<name>` and their like, else a folder with a well-known name (`prod/network`).
 * Null when the path names none.
 */
export function environmentOf(path: string): string | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined || !CONTAINERS.includes(segment.toLowerCase())) continue;
    const word = next.toLowerCase();
    if (!CONTAINERS.includes(word) && !NO_ENVIRONMENTS.includes(word)) return environmentName(next);
  }
  const known = segments.find((segment) => Object.hasOwn(ALIASES, segment.toLowerCase()));
  return known === undefined ? null : environmentName(known);
}
