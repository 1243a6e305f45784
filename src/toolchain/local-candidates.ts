import { compareVersions, parseVersion } from '../domain/version-constraint.ts';
import { PlumblineError } from '../util/errors.ts';
import type { Miss, ToolchainContext } from './context.ts';
import { cachedPath, cachedVersions, findOnPath, isExecutable } from './installed.ts';
import type { Probe } from './probe.ts';
import type { Program } from './program.ts';
import { whyUnfit, type Wanted } from './wanted.ts';

/** A program that is there. `version` is `unknown` when it doesn't tell it. */
export interface FoundProgram {
  name: string;
  path: string;
  version: string;
  source: 'setting' | 'path' | 'cache' | 'download' | 'build';
}

type Found = { found: FoundProgram | null; misses: Miss[] };

/**
 * The program that the config names, whatever version stacks ask for: whoever writes a path there wants that very file.
 * @throws PlumblineError `tool_not_found` when it can't be run, or is too old for any use
 */
export async function fromSetting(
  context: ToolchainContext,
  probe: Probe,
  program: Program,
  signal: AbortSignal | undefined,
): Promise<FoundProgram | null> {
  const path = context.settings.tools[program.name]?.path ?? null;
  if (path === null) return null;
  try {
    if (!(await isExecutable(path))) throw new Error('it is no executable file');
    const version = await probe(program, path, signal);
    const unfit = version === null ? null : whyUnfit(program, { constraint: null, text: '' }, version);
    if (unfit !== null) throw new Error(`it ${unfit}`);
    return { name: program.name, path, version: version ?? 'unknown', source: 'setting' };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new PlumblineError(
      'tool_not_found',
      `toolchain.${program.name}.path is ${path}, which can't be used: ${why}. Correct the path, or remove the setting.`,
      { cause: error },
    );
  }
}

/** The newest program on PATH for `latest`; else the first that will do, as a shell would take it. */
export async function fromPath(
  context: ToolchainContext,
  probe: Probe,
  program: Program,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const fitting: FoundProgram[] = [];
  const misses: Miss[] = [];
  for (const path of await findOnPath(program.binary, context.baseEnv['PATH'])) {
    const asked = await askVersion(probe, program, path, signal);
    const unfit = 'error' in asked ? asked.error : whyUnfit(program, wanted, asked.version);
    if (unfit !== null || 'error' in asked) misses.push({ way: 'path', reason: `${path} ${unfit}` });
    else fitting.push({ name: program.name, path, version: asked.version ?? 'unknown', source: 'path' });
  }
  if (fitting.length === 0 && misses.length === 0)
    misses.push({ way: 'path', reason: `${program.binary} is not on PATH` });
  const newestFirst = wanted.constraint?.kind === 'latest' ? fitting.sort(byVersion) : fitting;
  return { found: newestFirst[0] ?? null, misses };
}

/** The newest version in the cache that will do. */
export async function fromCache(context: ToolchainContext, program: Program, wanted: Wanted): Promise<Found> {
  const versions = await cachedVersions(context.cacheDir, program);
  const fitting = versions
    .filter((version) => whyUnfit(program, wanted, version) === null)
    .map((version): FoundProgram => {
      const path = cachedPath(context.cacheDir, program, version);
      return { name: program.name, path, version, source: 'cache' };
    })
    .sort(byVersion);
  const [found] = fitting;
  if (found !== undefined) return { found, misses: [] };
  const kept = versions.length === 0 ? 'has no version of it' : `has only ${versions.join(', ')}`;
  return { found: null, misses: [{ way: 'cache', reason: `${context.cacheDir} ${kept}` }] };
}

/** Newest first. */
export function byVersion(a: FoundProgram, b: FoundProgram): number {
  const [left, right] = [parseVersion(a.version), parseVersion(b.version)];
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return compareVersions(right, left);
}

async function askVersion(
  probe: Probe,
  program: Program,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ version: string | null } | { error: string }> {
  try {
    return { version: await probe(program, path, signal) };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    // Shims of version switchers, for one, fail when they have no version to switch to.
    return { error: `can't be run: ${error instanceof Error ? error.message : String(error)}` };
  }
}
