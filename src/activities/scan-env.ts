import type { EnvSource, LocalSecrets } from '../domain/settings.ts';
import { PlumblineError } from '../util/errors.ts';
import type { Redactor } from '../util/redact.ts';

/**
 * The environment that the config adds to tools. Values that come from this worker's environment are secret: the
 * redactor learns them before any tool does.
 * @throws PlumblineError `secret_missing` naming every variable that this worker lacks
 */
export function resolveEnv(
  sources: Readonly<Record<string, EnvSource>>,
  secrets: Pick<LocalSecrets, 'env'>,
  redactor: Pick<Redactor, 'add'>,
): Record<string, string> {
  const env: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, source] of Object.entries(sources)) {
    if ('value' in source) {
      env[name] = source.value;
      continue;
    }
    const value = secrets.env(source.fromEnv);
    if (value === undefined) missing.push(source.fromEnv);
    else {
      redactor.add(value);
      env[name] = value;
    }
  }
  if (missing.length === 0) return env;
  throw new PlumblineError(
    'secret_missing',
    `The config takes ${missing.join(', ')} from the worker's environment, where it is not set. Set it and restart the worker.`,
  );
}
