/** Folders whose subfolders are environments, whatever they are called. */
const ENVIRONMENT_FOLDERS: readonly string[] = [
  'envs',
  'env',
  'environments',
  'overlays',
  'clusters',
  'stages',
  'live',
];

/** Folders of one tool, in which environments are the usual division. */
const TOOL_FOLDERS: readonly string[] = [
  'k8s',
  'kubernetes',
  'terraform',
  'tofu',
  'opentofu',
  'terragrunt',
  'ansible',
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
 * The environment that a stack's path names, by convention. First comes the folder after `envs`, `environments` and their
 * like, then a folder with a well-known name (`network/prod`), then the folder after a tool's (`k8s/<name>`,
 * `terraform/<name>`). Null when the path names none.
 */
export function environmentOf(path: string): string | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  const named =
    folderAfter(ENVIRONMENT_FOLDERS, segments) ??
    segments.find((segment) => Object.hasOwn(ALIASES, segment.toLowerCase())) ??
    folderAfter(TOOL_FOLDERS, segments);
  return named === undefined ? null : environmentName(named);
}

/** The last folder that follows one of these, unless it is known to be something else. */
function folderAfter(containers: readonly string[], segments: readonly string[]): string | undefined {
  return segments.findLast((segment, index) => {
    const above = segments[index - 1]?.toLowerCase();
    const word = segment.toLowerCase();
    const other =
      NO_ENVIRONMENTS.includes(word) || ENVIRONMENT_FOLDERS.includes(word) || TOOL_FOLDERS.includes(word);
    return above !== undefined && containers.includes(above) && !other;
  });
}
