import { fileURLToPath } from 'node:url';
import type { ToolchainSettings } from '../domain/settings.ts';
import { PlumblineError } from '../util/errors.ts';
import type { Redactor } from '../util/redact.ts';
import { createSingleFlight } from '../util/single-flight.ts';
import type { Miss, ResolveOptions, ToolchainContext } from './context.ts';
import { byVersion, fromCache, fromPath, fromSetting, type FoundProgram } from './local-candidates.ts';
import { downloadableVersion, fromBuild, fromDownload } from './obtain.ts';
import { createProbe, type Probe } from './probe.ts';
import type { Program } from './program.ts';
import { LISTED_PROGRAMS, programOf } from './programs.ts';
import { createFindRelease, type FindRelease } from './release-listing.ts';
import { releasesUrl } from './releases.ts';
import { wantedVersion, type Wanted } from './wanted.ts';

/** What `plumbline toolchain` shows of a program. */
export interface ToolStatus {
  name: string;
  /** null: not there; `note` says why and how it would be had. */
  version: string | null;
  source: FoundProgram['source'] | null;
  path: string | null;
  note: string;
}

export interface Toolchain {
  /**
   * Finds a program, or gets it: the config's path, PATH (if the version fits), the cache, the vendor's release, a build from
   * Go modules. Without a constraint: the config's version, else the newest that can be had for programs whose version each
   * stack chooses (terraform, opentofu, terragrunt), else what is there. Safe to call at once, also from several processes.
   * @throws PlumblineError `tool_not_found` with every way that was tried and the ways out; `config_invalid` for a constraint
   *   that can't be read; `exec_cancelled` or the signal's reason when cancelled
   */
  resolve: (
    name: string,
    constraint: string | undefined,
    options: { signal?: AbortSignal; onProgress?: (message: string) => void },
  ) => Promise<FoundProgram>;
  /** What is there now. Downloads and builds nothing. */
  list: () => Promise<ToolStatus[]>;
}

interface Parts {
  context: ToolchainContext;
  probe: Probe;
  findRelease: FindRelease;
}

/**
 * Makes the toolchain.
 * @param options.cacheDir absolute; shared by all processes of this user
 * @param options.baseEnv see `baseEnv` in util/exec-env.ts
 * @param options.onProgress gets what is worth telling on long steps, besides each call's own
 * @param options.recipesDir folder of the Go module recipes; `tools/` of this installation when not given
 */
export function createToolchain(options: {
  settings: ToolchainSettings;
  cacheDir: string;
  baseEnv: Readonly<Record<string, string>>;
  redactor: Redactor;
  onProgress?: (message: string) => void;
  recipesDir?: string;
}): Toolchain {
  const context: ToolchainContext = {
    settings: options.settings,
    cacheDir: options.cacheDir,
    baseEnv: options.baseEnv,
    redact: options.redactor.redact,
    recipesDir: options.recipesDir ?? fileURLToPath(new URL('../../tools', import.meta.url)),
    unreachable: new Map(),
  };
  const parts: Parts = {
    context,
    probe: createProbe(options.baseEnv),
    findRelease: createFindRelease(context, () => performance.now()),
  };
  const flights = createSingleFlight<FoundProgram>();
  return {
    resolve: async (name, constraint, call) => {
      const program = programOf(name);
      const wanted = wantedVersion(context, program, constraint);
      const onProgress = (message: string) => {
        const text = context.redact(message);
        options.onProgress?.(text);
        call.onProgress?.(text);
      };
      const work = (signal: AbortSignal) => resolveProgram(parts, program, wanted, { signal, onProgress });
      return await flights.run(
        `${program.name} ${wanted.text}`,
        work,
        call.signal ? { signal: call.signal } : {},
      );
    },
    list: async () => {
      const named = Object.keys(options.settings.tools).map(programOf);
      const programs = new Map([...LISTED_PROGRAMS, ...named].map((program) => [program.name, program]));
      return await Promise.all([...programs.values()].map((program) => statusOf(parts, program)));
    },
  };
}

async function resolveProgram(
  parts: Parts,
  program: Program,
  wanted: Wanted,
  options: ResolveOptions,
): Promise<FoundProgram> {
  const { context, probe, findRelease } = parts;
  const set = await fromSetting(context, probe, program, options.signal);
  if (set !== null) return set;

  const onPath = await fromPath(context, probe, program, wanted, options.signal);
  const cached = await fromCache(context, program, wanted);
  const here = [onPath.found, cached.found].filter((found) => found !== null);
  const newestWanted = wanted.constraint?.kind === 'latest';
  if (!newestWanted && here[0] !== undefined) return here[0];
  const [newestHere] = here.sort(byVersion);

  const misses: Miss[] = [...onPath.misses, ...cached.misses];
  const release = await downloadableVersion(context, findRelease, program, wanted, options.signal);
  if ('miss' in release) {
    misses.push(release.miss);
  } else {
    if (newestHere !== undefined && !isNewer(release.version, newestHere)) return newestHere;
    const downloaded = await fromDownload(context, program, release.version, options);
    if ('found' in downloaded) return downloaded.found;
    misses.push(downloaded.miss);
  }
  if (newestHere !== undefined) return newestHere;

  const built = await fromBuild(context, program, wanted, options);
  if ('found' in built) return built.found;
  throw notFound(context, program, wanted, [...misses, built.miss]);
}

function isNewer(version: string, than: FoundProgram): boolean {
  return byVersion({ ...than, version }, than) < 0;
}

function notFound(
  context: ToolchainContext,
  program: Program,
  wanted: Wanted,
  misses: Miss[],
): PlumblineError {
  const title = `${program.name}${wanted.text === '' ? '' : ` (${wanted.text})`}`;
  const tried = misses.map((miss) => `  ${miss.way}: ${context.redact(miss.reason)}`);
  const waysOut = [
    `install ${title} on PATH, or name it in toolchain.${program.name}.path`,
    program.release === null
      ? null
      : `let this machine reach ${releasesUrl(context, program, program.release)}, or name a mirror in toolchain.${program.name}.releases_url`,
    program.recipe === null
      ? null
      : 'install Go and let it reach a module proxy, for a build from Go modules',
  ].filter((way) => way !== null);
  return new PlumblineError(
    'tool_not_found',
    [`${title} is needed and was not found.`, ...tried, `What helps: ${waysOut.join('; or ')}.`].join('\n'),
    { details: { tool: program.name, constraint: wanted.text, misses } },
  );
}

async function statusOf({ context, probe }: Parts, program: Program): Promise<ToolStatus> {
  const none = { name: program.name, version: null, source: null, path: null };
  try {
    const wanted = wantedVersion(context, program, undefined);
    const set = await fromSetting(context, probe, program, undefined);
    const onPath = await fromPath(context, probe, program, wanted, undefined);
    const cached = await fromCache(context, program, wanted);
    const here = [onPath.found, cached.found].filter((found) => found !== null);
    const found = set ?? (wanted.constraint?.kind === 'latest' ? here.sort(byVersion) : here)[0];
    if (found === undefined) {
      const why = [...onPath.misses, ...cached.misses].map((miss) => miss.reason).join('; ');
      return { ...none, note: `${why}. ${whenNeeded(context, program)}` };
    }
    const { version, source, path } = found;
    return { name: program.name, version, source, path, note: '' };
  } catch (error) {
    return { ...none, note: error instanceof Error ? error.message : String(error) };
  }
}

function whenNeeded(context: ToolchainContext, program: Program): string {
  const ways = [
    program.release !== null && context.settings.download
      ? `downloaded from ${releasesUrl(context, program, program.release)}`
      : null,
    program.recipe !== null && context.settings.build ? 'built from Go modules' : null,
  ].filter((way) => way !== null);
  return ways.length === 0 ? 'It has to be installed.' : `When it is needed it is ${ways.join(', or ')}.`;
}
