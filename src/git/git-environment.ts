/**
 * The environments that git runs in. Two kinds:
 *
 * - *network*: commands that talk to a host. They read the machine's own Git configuration, since proxies, certificates,
 *   `insteadOf`, SSH commands and credential helpers live there; what could run code or prompt is overridden.
 * - *local*: commands on our own folders (making a work tree). They read no configuration but ours, so that a commit
 *   gives the same files on every worker, and no filter or hook of the machine runs.
 *
 * Settings go by environment (GIT_CONFIG_COUNT), not by `-c`: they reach the commands that git starts, too.
 */

/** Configuration as pairs, in order; later ones win. */
export type GitConfigPairs = readonly (readonly [key: string, value: string])[];

/** What of the machine's Git variables concerns how hosts are reached; all other GIT_* are dropped. */
const NETWORK_VARIABLES =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_SSL_\w+|HTTP_PROXY_AUTHMETHOD|HTTP_USER_AGENT|EXEC_PATH|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+))$/;

const ALWAYS: GitConfigPairs = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  // Our folders may belong to another user of the same service (a volume); nothing in them is run.
  ['safe.directory', '*'],
  // Housekeeping in the background would outlive its command; it is done when sweeping.
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

const NETWORK: GitConfigPairs = [
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['fetch.prune', 'false'],
  // A host that stays silent for two minutes is not coming back; one that packs says so every five seconds.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '120'],
];

const LOCAL: GitConfigPairs = [
  ['core.symlinks', 'true'],
  ['core.autocrlf', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['advice.detachedHead', 'false'],
  ['protocol.allow', 'never'],
];

/** Never a prompt: not from git, not from a helper's window, not from SSH. */
const NO_PROMPTS = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
} as const;

/** Environment of commands that only touch our own folders; `config` is added to ours. */
export function localEnvironment(
  baseEnv: Readonly<Record<string, string>>,
  config: GitConfigPairs = [],
): Record<string, string> {
  const env = withoutGit(baseEnv, /^$/);
  Object.assign(env, NO_PROMPTS, {
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: '',
    GIT_OPTIONAL_LOCKS: '0',
  });
  return addConfig(env, [...ALWAYS, ...LOCAL, ...config]);
}

/** Environment of commands that talk to a host. `credentials` is what credentials.ts made for that host. */
export function networkEnvironment(
  baseEnv: Readonly<Record<string, string>>,
  options: { allowLocal: boolean; env: Readonly<Record<string, string>>; config: GitConfigPairs },
): Record<string, string> {
  const env = withoutGit(baseEnv, NETWORK_VARIABLES);
  Object.assign(env, NO_PROMPTS, {
    LC_ALL: 'C',
    // Nothing else is ever used, wherever a URL comes from (redirects, insteadOf).
    GIT_ALLOW_PROTOCOL: options.allowLocal ? 'https:http:ssh:file' : 'https:http:ssh',
    ...options.env,
  });
  return addConfig(env, [...ALWAYS, ...NETWORK, ...options.config]);
}

function withoutGit(baseEnv: Readonly<Record<string, string>>, keep: RegExp): Record<string, string> {
  const drop = /^(?:GIT_.*|SSH_ASKPASS.*|DISPLAY|WAYLAND_DISPLAY|EDITOR|VISUAL|PAGER|PREFIX|LANGUAGE)$/i;
  return Object.fromEntries(Object.entries(baseEnv).filter(([name]) => keep.test(name) || !drop.test(name)));
}

function addConfig(env: Record<string, string>, pairs: GitConfigPairs): Record<string, string> {
  const start = Number(env.GIT_CONFIG_COUNT ?? 0) || 0;
  pairs.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${start + index}`] = key;
    env[`GIT_CONFIG_VALUE_${start + index}`] = value;
  });
  env.GIT_CONFIG_COUNT = String(start + pairs.length);
  return env;
}
