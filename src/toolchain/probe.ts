import { stat } from 'node:fs/promises';
import { parseVersion } from '../domain/version-constraint.ts';
import { exec } from '../util/exec.ts';
import type { Program } from './program.ts';

const PROBE_TIMEOUT_MS = 30_000;

/** Asks a binary for its version; `null` when it answers without one. */
export type Probe = (program: Program, path: string, signal?: AbortSignal) => Promise<string | null>;

/**
 * Makes a probe that asks each binary once, and again when the file has changed.
 * @throws PlumblineError (from exec) when the binary can't be run
 */
export function createProbe(baseEnv: Readonly<Record<string, string>>): Probe {
  const known = new Map<string, string | null>();
  return async (program, path, signal) => {
    const { mtimeMs, size, ino } = await stat(path);
    const key = [path, mtimeMs, size, ino].join('\0');
    const before = known.get(key);
    if (before !== undefined) return before;
    const { stdout, stderr } = await exec(path, program.versionArgs, {
      cwd: '/',
      // Asking for the version must not ask the vendor for news.
      env: { ...baseEnv, CHECKPOINT_DISABLE: '1' },
      timeoutMs: PROBE_TIMEOUT_MS,
      graceMs: 1000,
      signal,
    });
    const version = versionOfOutput(stdout) ?? versionOfOutput(stderr);
    known.set(key, version);
    return version;
  };
}

/**
 * Finds the version in what a program prints about itself. Terraform's JSON may be surrounded by warnings, and other
 * programs' versions may follow the first one.
 */
export function versionOfOutput(output: string): string | null {
  const said =
    /"terraform_version"\s*:\s*"([^"]+)"/.exec(output) ??
    /(?:^|[\s:v])(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?)/.exec(output);
  return parseVersion(said?.[1] ?? '')?.text ?? null;
}
