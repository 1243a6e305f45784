/** What the CLI's exit codes mean. `waiting`: a sync that was followed ended with people still to decide. */
export const EXIT = { ok: 0, error: 1, usage: 2, drift: 3, waiting: 4 } as const;

const USAGE_CODES = new Set(['config_invalid', 'config_missing', 'usage']);

/** The exit code for an error's code: 2 for bad usage or config, 1 for everything else. */
export function exitCodeFor(code: string | undefined): number {
  return code !== undefined && USAGE_CODES.has(code) ? EXIT.usage : EXIT.error;
}
