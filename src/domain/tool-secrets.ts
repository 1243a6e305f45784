import { looksSecret } from './secret-name.ts';

/** Secrets of tools and providers whose names don't say so; `TF_ENCRYPTION` holds OpenTofu's keys of states. */
const SECRET_NAMES =
  /^(?:TF_TOKEN_\w+|TF_ENCRYPTION|PGPASSWORD|SOPS_AGE_KEY|IDENTITY_HEADER|CONSUL_HTTP_AUTH|DATADOG_APP_KEY|DD_APP_KEY|AZURE_STORAGE_KEY)$/;
/** The path of a file. */
const HARMLESS_NAMES = /^GOOGLE_APPLICATION_CREDENTIALS$/;

/**
 * The values in an environment that are probably secrets, by their variables' names. A `TF_VAR_*` counts by its name as well: that
 * Terraform's files call a variable sensitive is known only once they are read.
 */
export function toolSecrets(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env)
    .filter(([name, value]) => value !== '' && isSecretName(name))
    .map(([, value]) => value);
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(name) || (looksSecret(name) && !HARMLESS_NAMES.test(name));
}
