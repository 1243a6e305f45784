import { join } from 'node:path';
import { exactVersion, type VersionConstraint } from '../domain/version-constraint.ts';
import { PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import type { Miss, ResolveOptions, ToolchainContext } from './context.ts';
import { downloadRelease } from './download.ts';
import { buildFromModules, recipeVersion } from './go-build.ts';
import { cachedPath, isExecutable } from './installed.ts';
import type { FoundProgram } from './local-candidates.ts';
import type { GoRecipe, Program, ReleaseLayout } from './program.ts';
import type { FindRelease } from './release-listing.ts';
import { whyUnfit, type Wanted } from './wanted.ts';

type Obtained = { found: FoundProgram } | { miss: Miss };

/** The version that a download would give, or why there is none. */
export async function downloadableVersion(
  context: ToolchainContext,
  findRelease: FindRelease,
  program: Program,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): Promise<{ version: string } | { miss: Miss }> {
  const miss = (reason: string) => ({ miss: { way: 'download' as const, reason } });
  if (program.release === null) return miss('no release server is known');
  if (!context.settings.download) return miss('toolchain.download is off');
  const constraint = wanted.constraint ?? (await pinned(context, program));
  const exact = exactVersion(constraint);
  if (exact !== null) return { version: exact };
  try {
    const version = await findRelease(program, constraint, signal);
    return version === null
      ? miss(`no release meets ${wanted.text === '' ? 'the need' : wanted.text}`)
      : { version };
  } catch (error) {
    return miss(reasonOf(error, signal));
  }
}

/** Downloads a version unless another process has just done so. */
export async function fromDownload(
  context: ToolchainContext,
  program: Program,
  version: string,
  options: ResolveOptions,
): Promise<Obtained> {
  const { release } = program;
  if (release === null) return { miss: { way: 'download', reason: 'no release server is known' } };
  return await obtain(context, program, version, 'download', options, async () => {
    await downloadRelease(
      context,
      { ...program, release } satisfies Program & { release: ReleaseLayout },
      version,
      options,
    );
  });
}

/** Builds the recipe's version when it will do, unless another process has just done so. */
export async function fromBuild(
  context: ToolchainContext,
  program: Program,
  wanted: Wanted,
  options: ResolveOptions,
): Promise<Obtained> {
  const miss = (reason: string): Obtained => ({ miss: { way: 'build', reason } });
  const { recipe } = program;
  if (recipe === null) return miss('there is no recipe for a build from Go modules');
  if (!context.settings.build) return miss('toolchain.build is off');
  try {
    const version = await recipeVersion(context, recipe);
    const unfit = whyUnfit(program, wanted, version);
    if (unfit !== null) return miss(`what Go modules give ${unfit}`);
    return await obtain(context, program, version, 'build', options, async () => {
      await buildFromModules(
        context,
        { ...program, recipe } satisfies Program & { recipe: GoRecipe },
        options,
      );
    });
  } catch (error) {
    return miss(reasonOf(error, options.signal));
  }
}

async function obtain(
  context: ToolchainContext,
  program: Program,
  version: string,
  source: 'download' | 'build',
  options: ResolveOptions,
  make: () => Promise<void>,
): Promise<Obtained> {
  const path = cachedPath(context.cacheDir, program, version);
  const onWait = () => options.onProgress(`Waiting for another process that gets ${program.name}`);
  try {
    return await withFileLock(
      join(context.cacheDir, 'locks', `${program.name}.lock`),
      async () => {
        if (await isExecutable(path))
          return { found: { name: program.name, path, version, source: 'cache' as const } };
        await make();
        options.onProgress(`${program.name} ${version} is ready`);
        return { found: { name: program.name, path, version, source } };
      },
      { signal: options.signal, onWait },
    );
  } catch (error) {
    const reason = reasonOf(error, options.signal);
    options.onProgress(`${program.name} ${version}: ${reason}`);
    return { miss: { way: source, reason } };
  }
}

/** The tested version, for programs of which any will do. */
async function pinned(context: ToolchainContext, program: Program): Promise<VersionConstraint> {
  const version =
    program.recipe === null ? null : await recipeVersion(context, program.recipe).catch(() => null);
  const [operator, text] = version === null ? (['>=', '0.0.0'] as const) : (['=', version] as const);
  const segments = text.split('.').map(Number) as [number, number, number];
  return { kind: 'terms', terms: [{ operator, version: { text, segments, prerelease: '', written: 3 } }] };
}

/** Falling through is for what failed; a cancellation ends everything. */
function reasonOf(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted === true) throw error;
  if (error instanceof PlumblineError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
