import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import { withFileLock } from '../../util/file-lock.ts';
import type { PlanContext, ResolvedTool } from '../driver.ts';
import { listFolders } from '../source-folders.ts';
import { stackFolders } from '../terraform/environment.ts';
import { OPENTOFU, TERRAFORM, type Flavour } from '../terraform/flavour.ts';
import { LOCK_FILE, takeCachedProviders } from '../terraform/init.ts';
import { requireStack } from '../terraform/prepare/stack-inputs.ts';
import { makePrivateTree } from '../terraform/private-tree.ts';
import { saysOpenTofu } from '../terraform/root-modules.ts';
import { sessionRedaction, waitWithin, type Session } from '../terraform/session.ts';
import { readBackend, type BackendRecord } from '../terraform/state-lock.ts';
import { stackVersion } from '../terraform/version.ts';
import { terragruntEnv } from './environment.ts';
import { TERRAGRUNT_VERSION_FILES } from './find-dag.ts';
import { initUnit, type UnitInit } from './init.ts';
import { terragruntOptions, type TerragruntOptions } from './options.ts';
import { readUnitSources, type UnitSources } from './unit-sources.ts';
import { allDependencies, findUnits, type Unit } from './units.ts';
import { workingFolder } from './working-folder.ts';

/** A unit in its private tree, with its tools, initialised: ready for any command. */
export interface PreparedUnit {
  session: Session;
  options: TerragruntOptions;
  unit: Unit;
  sources: UnitSources;
  /** Name and version of what Terragrunt calls. */
  called: ResolvedTool;
  init: UnitInit;
  /** Whether init ran just now. */
  initRan: boolean;
  /** Absolute path of the private tree's root. */
  tree: string;
  /** Absolute path of the folder that Terragrunt lets Terraform run in; null where it does not say. */
  working: string | null;
  /** The backend as Terraform's init has recorded it there; undefined when there is none, or nobody knows. */
  backend: BackendRecord | undefined;
  /** Absolute path of the folder that relative paths of a local backend start from. */
  stateFolder: string;
}

interface FoundUnit extends Pick<PreparedUnit, 'options' | 'unit' | 'sources' | 'called'> {
  /** Folders of the units whose outputs this one reads. */
  dependencies: string[];
}

/** What differs between those who want a unit ready. */
export interface UnitUse {
  /** Commands whose `extra_arguments` must not go around what the plan shows or its lock. */
  commands: readonly ('plan' | 'apply')[];
  /** More for Terragrunt's environment. */
  env: Readonly<Record<string, string>>;
}

/** How long Terragrunt waits before it passes an interrupt on: 15 s, and 30 s in older versions. */
const PASSES_INTERRUPTS_MS = 30_000;

/**
 * Makes a unit ready and works on it, while nobody else does so in this data folder. Nothing is written outside the context's
 * own folders, unless `work` does it.
 * @throws PlumblineError `stack_not_found`, `config_invalid`, `cancelled`, as `initUnit`, and what `work` throws
 */
export async function inPreparedUnit<T>(
  context: PlanContext,
  use: UnitUse,
  work: (unit: PreparedUnit) => Promise<T>,
): Promise<T> {
  const found = await findUnit(context, use).catch((error: unknown) => {
    if (!context.signal.aborted || error instanceof PlumblineError) throw error;
    throw new PlumblineError('cancelled', `Planning ${context.stack.key} was cancelled.`, { cause: error });
  });
  const tool = await resolveTerragrunt(context, found.unit);
  const session: Session = {
    context,
    tool,
    cwd: '',
    env: { ...terragruntEnv(context, found.called.path), ...use.env },
    ...sessionRedaction(context),
    // Getting a tool can take minutes once, and is no fault of the stack: the time starts when it is there.
    deadlineMs: performance.now() + context.timeoutMs,
    durationsMs: {},
    passesInterruptsMs: PASSES_INTERRUPTS_MS,
  };
  await mkdir(context.dataDir, { recursive: true });
  return await waitWithin(session, 'prepare', (signal) =>
    withFileLock(stackFolders(context).lock, async () => await work(await prepare(session, found)), {
      signal,
    }),
  );
}

async function findUnit(context: PlanContext, use: UnitUse): Promise<FoundUnit> {
  await requireStack(context);
  const options = terragruntOptions.parse(context.options ?? {});
  const folders = await listFolders(context.workTree, context.signal);
  const units = await findUnits(context.workTree, folders);
  const unit = units.get(context.stack.path);
  if (unit === undefined)
    throw new PlumblineError(
      'stack_not_found',
      `${context.stack.path} has no terragrunt.hcl that can be planned.`,
    );
  const folder = folders.get(unit.path);
  const flavour = options.tool === 'opentofu' || (folder && saysOpenTofu(folder)) ? OPENTOFU : TERRAFORM;
  const sources = await readUnitSources(context.workTree, unit, units, folders, flavour);
  const blind = sources.blind.find(({ command }) => use.commands.includes(command));
  if (blind !== undefined)
    throw new PlumblineError(
      'config_invalid',
      `${blind.path} gives every ${blind.command} ${blind.argument} by extra_arguments: such a plan would not show all that the unit's state is, and such an apply would not be what it shows. Remove it there.`,
    );
  const called = await resolveCalled(context, unit, flavour, sources);
  return { options, unit, sources, called, dependencies: allDependencies(unit.path, units) };
}

async function prepare(session: Session, found: FoundUnit): Promise<PreparedUnit> {
  const { context } = session;
  const { dependencies, ...rest } = found;
  const { unit, sources, called } = rest;
  const { tree, stamp } = stackFolders(context);
  // Terragrunt runs in the folders of dependencies too, to read their outputs; it must not write into the work tree there.
  session.cwd = await makePrivateTree(
    context.workTree,
    tree,
    [...new Set([unit.path, ...dependencies, ...sources.closure.modules.keys()])],
    null,
  );
  const committed = await readFile(join(context.workTree, unit.path, LOCK_FILE), 'utf8').catch(() => null);
  if (committed === null) takeCachedProviders(session.env);
  const init: UnitInit = {
    stampPath: stamp,
    sources: sources.hashes,
    called,
    hasSource: unit.facts.hasSource,
    closure: sources.closure,
    // To read outputs, Terragrunt may init the units that this one depends on.
    needs: dependencies.length === 0 ? sources.needs : undefined,
  };
  const initRan = await initUnit(session, init);
  const working = unit.facts.hasSource ? await workingFolder(session) : session.cwd;
  const backend = working === null ? undefined : await readBackend(join(working, '.terraform'));
  const stateFolder = unit.facts.hasSource ? (working ?? session.cwd) : join(context.workTree, unit.path);
  return { ...rest, session, init, initRan, tree, working, backend, stateFolder };
}

async function resolveTerragrunt(context: PlanContext, unit: Unit): Promise<ResolvedTool> {
  const constraint = await stackVersion(context.workTree, unit.path, TERRAGRUNT_VERSION_FILES, {
    fromSettings: undefined,
    required: unit.facts.versionConstraint,
  });
  return await resolve(context, 'terragrunt', constraint);
}

async function resolveCalled(
  context: PlanContext,
  unit: Unit,
  flavour: Flavour,
  sources: UnitSources,
): Promise<ResolvedTool> {
  const constraint = await stackVersion(context.workTree, unit.path, flavour, {
    // `terraform_version` of atlantis.yaml is about what Terragrunt calls.
    fromSettings: context.stack.settings?.['version'],
    required: [...sources.closure.modules.values()][0]?.requiredVersion,
  });
  return await resolve(context, flavour.kind, constraint);
}

async function resolve(
  context: PlanContext,
  name: string,
  constraint: string | undefined,
): Promise<ResolvedTool> {
  const onProgress = (line: string) => context.onProgress({ step: 'prepare', line });
  return await context.tools(name, constraint, { signal: context.signal, onProgress });
}
