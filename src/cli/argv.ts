/**
 * driftd's flags have one dash (`serve -config FILE`); ours have two. Long options with one dash are read as if
 * they had two. Single letters and values stay as they are.
 */
export function normaliseArgv(args: readonly string[]): string[] {
  return args.map((arg) => (/^-config(=|$)/.test(arg) ? `-${arg}` : arg));
}
