import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseVersion } from '../domain/version-constraint.ts';
import { PlumblineError } from '../util/errors.ts';
import { exec } from '../util/exec.ts';
import type { ResolveOptions, ToolchainContext } from './context.ts';
import { findOnPath, installIntoCache } from './installed.ts';
import type { GoRecipe, Program } from './program.ts';

const BUILD_TIMEOUT_MS = 45 * 60 * 1000;
const PROGRESS_STEP_MS = 10_000;

/**
 * The version that a recipe builds: its go.mod says.
 * @throws PlumblineError `build_failed` when the recipe isn't there
 */
export async function recipeVersion(context: ToolchainContext, recipe: GoRecipe): Promise<string> {
  const path = join(context.recipesDir, recipe.folder, 'go.mod');
  const text = await readFile(path, 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [module, version] = line
      .replace(/^require\s+/, '')
      .trim()
      .split(/\s+/);
    const parsed = module === recipe.module ? parseVersion(version ?? '') : null;
    if (parsed !== null) return parsed.text;
  }
  throw new PlumblineError('build_failed', `There is no recipe for ${recipe.module} at ${path}.`);
}

/**
 * Builds a program from Go modules into the cache, each module verified by the recipe's go.sum. Takes seconds to minutes.
 * The caller holds the program's lock.
 * @returns the program's path
 * @throws PlumblineError `build_failed` (no Go, modules not to be had, does not compile), or exec's
 */
export async function buildFromModules(
  context: ToolchainContext,
  program: Program & { recipe: GoRecipe },
  options: ResolveOptions,
): Promise<string> {
  const { recipe } = program;
  const version = await recipeVersion(context, recipe);
  const [go] = await findOnPath('go', context.baseEnv['PATH']);
  if (go === undefined) throw new PlumblineError('build_failed', 'Go is not installed.');
  options.onProgress(`Building ${program.name} ${version} from Go modules; this takes some minutes, once`);
  return await installIntoCache(context.cacheDir, program, version, async (folder) => {
    await runGoBuild(go, join(context.recipesDir, recipe.folder), {
      target: recipe.package,
      output: join(folder, program.binary),
      ldflags: recipe.ldflags.replaceAll('{version}', version),
      label: `${program.name} ${version}`,
      env: context.baseEnv,
      ...options,
    });
  });
}

/**
 * Runs `go build` in a module's folder, and tells every few seconds how far it is.
 * @throws PlumblineError `build_failed`, or exec's when it was cancelled
 */
export async function runGoBuild(
  go: string,
  folder: string,
  options: ResolveOptions & {
    target: string;
    output: string;
    ldflags: string;
    label: string;
    env: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const args = [
    'build',
    '-v',
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    `-ldflags=-s -w ${options.ldflags}`.trim(),
  ];
  try {
    await exec(go, [...args, '-o', options.output, options.target], {
      cwd: folder,
      // Without cgo no C compiler is needed, and the result runs on any libc.
      env: { ...options.env, GOWORK: 'off', CGO_ENABLED: '0' },
      timeoutMs: BUILD_TIMEOUT_MS,
      signal: options.signal,
      onLine: countPackages(options.label, options.onProgress),
    });
  } catch (error) {
    if (options.signal?.aborted === true || !(error instanceof PlumblineError)) throw error;
    throw new PlumblineError('build_failed', `Building ${options.label} failed: ${error.message}`, {
      cause: error,
    });
  }
}

/** `go build -v` names each package that it compiles, and each module that it downloads. */
function countPackages(label: string, onProgress: (message: string) => void): (line: string) => void {
  let downloaded = 0;
  let compiled = 0;
  let saidAt = performance.now();
  return (line) => {
    if (line.startsWith('go: downloading ')) downloaded += 1;
    else if (!line.startsWith('#') && !line.includes(' ')) compiled += 1;
    if (performance.now() - saidAt < PROGRESS_STEP_MS) return;
    saidAt = performance.now();
    onProgress(`Building ${label}: ${downloaded} modules downloaded, ${compiled} packages compiled`);
  };
}
