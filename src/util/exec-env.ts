/** What every program may need to run at all. */
const BASE = [
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM)$/,
  /^(?:TMPDIR|TMP|TEMP|XDG_[A-Z_]+)$/,
  /^SSH_(?:AUTH_SOCK|AGENT_PID)$/,
  /^(?:HTTP|HTTPS|ALL|NO)_PROXY$/i,
  /^(?:SSL_CERT_FILE|SSL_CERT_DIR|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|NIX_SSL_CERT_FILE)$/,
  /^GIT_(?:SSL_CAINFO|SSL_CAPATH|SSH|SSH_COMMAND|SSH_VARIANT|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM)$/,
  /^GO(?:PROXY|SUMDB|NOSUMDB|PRIVATE|NOPROXY|INSECURE|AUTH|FLAGS|PATH|MODCACHE|CACHE|TOOLCHAIN|ROOT|ENV|TMPDIR)$/,
];

/** What tools that talk to a cloud, a cluster or a registry authenticate with. */
const CREDENTIALS = [
  /^(?:AWS|GOOGLE|GCLOUD|CLOUDSDK|GCP|ARM|AZURE|AZUREAD|MSI|IDENTITY|ALICLOUD|OCI|OS|DIGITALOCEAN|CLOUDFLARE|HCLOUD|HCP)_\w+$/,
  /^(?:GITHUB|GITLAB|BITBUCKET|VAULT|CONSUL|NOMAD|DATADOG|DD|PAGERDUTY|OKTA|FASTLY|SNOWFLAKE|PG|MYSQL|KUBE)_?[A-Z]\w*$/,
  /^(?:KUBECONFIG|SOPS_\w+|TG_\w+|TERRAGRUNT_\w+|TOFU_\w+)$/,
  /^TF_\w+$/,
];

/** Settings of Terraform that would change what a run means; only Plumbline sets these. */
const REFUSED = /^TF_(?:DATA_DIR|WORKSPACE|LOG\w*|CLI_ARGS\w*|INPUT|IN_AUTOMATION|STATE\w*)$/;

/**
 * What programs without credentials (git, go, gpg) get of this process's environment: paths, language, proxies,
 * certificates. Nothing else is handed on.
 */
export function baseEnv(processEnv: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return pick(processEnv, BASE);
}

/** What Terraform and its like get: `baseEnv`, and the credentials that their providers look for. */
export function toolEnv(processEnv: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return pick(processEnv, [...BASE, ...CREDENTIALS]);
}

function pick(
  env: Readonly<Record<string, string | undefined>>,
  allowed: readonly RegExp[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !REFUSED.test(name) && allowed.some((pattern) => pattern.test(name)))
      picked[name] = value;
  }
  return picked;
}
