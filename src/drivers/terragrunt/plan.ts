import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import { withFileLock } from '../../util/file-lock.ts';
import type { DriverPlan, PlanContext, ResolvedTool } from '../driver.ts';
import { stackFolders } from '../terraform/environment.ts';
import { OPENTOFU, TERRAFORM, type Flavour } from '../terraform/flavour.ts';
import { LOCK_FILE, takeCachedProviders } from '../terraform/init.ts';
import { planAndShow } from '../terraform/plan-steps.ts';
import { toDriverPlan } from '../terraform/plan-result.ts';
import { requireStack, varFiles } from '../terraform/prepare/stack-inputs.ts';
import { makePrivateTree } from '../terraform/private-tree.ts';
import { saysOpenTofu } from '../terraform/root-modules.ts';
import { sessionRedaction, waitWithin, type Session } from '../terraform/session.ts';
import type { SeenLock } from '../terraform/s3-lock.ts';
import { lockWarnings, seeLock } from '../terraform/shown-lock.ts';
import { readBackend } from '../terraform/state-lock.ts';
import { listFolders } from '../source-folders.ts';
import { stackVersion } from '../terraform/version.ts';
import { terragruntEnv } from './environment.ts';
import { TERRAGRUNT_VERSION_FILES } from './find-dag.ts';
import { initUnit } from './init.ts';
import { mockedDependencies } from './mock-outputs.ts';
import { terragruntOptions } from './options.ts';
import { readUnitSources, type UnitSources } from './unit-sources.ts';
import { allDependencies, findUnits, type Unit } from './units.ts';
import { workingFolder } from './working-folder.ts';

interface UnitPlan {
  unit: Unit;
  sources: UnitSources;
  /** Folders of the units whose outputs this one reads. */
  dependencies: string[];
  /** Name and version of what Terragrunt calls. */
  called: ResolvedTool;
}

/** Plans a unit with Terragrunt; see `Driver.plan`. Nothing is written outside the context's own folders. */
export async function planTerragrunt(context: PlanContext): Promise<DriverPlan> {
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
  if (sources.blind !== undefined)
    throw new PlumblineError(
      'config_invalid',
      `${sources.blind.path} gives every plan ${sources.blind.argument} by extra_arguments: such a plan would not show all that the unit's state is. Remove it there.`,
    );
  const tool = await resolveTerragrunt(context, unit);
  const called = await resolveCalled(context, unit, flavour, sources);
  const session: Session = {
    context,
    tool,
    cwd: '',
    env: terragruntEnv(context, called.path),
    ...sessionRedaction(context),
    // Getting a tool can take minutes once, and is no fault of the stack: the time starts when it is there.
    deadlineMs: performance.now() + context.timeoutMs,
    durationsMs: {},
  };
  await mkdir(context.dataDir, { recursive: true });
  const plan: UnitPlan = { unit, sources, dependencies: allDependencies(unit.path, units), called };
  return await waitWithin(session, 'prepare', (signal) =>
    withFileLock(stackFolders(context).lock, () => planPrivately(session, plan), { signal }),
  );
}

async function planPrivately(session: Session, plan: UnitPlan): Promise<DriverPlan> {
  const { context } = session;
  const { unit, sources, called } = plan;
  const tree = stackFolders(context).tree;
  // Terragrunt runs in the folders of dependencies too, to read their outputs; it must not write into the work tree there.
  session.cwd = await makePrivateTree(
    context.workTree,
    tree,
    [...new Set([unit.path, ...plan.dependencies, ...sources.closure.modules.keys()])],
    null,
  );
  const committed = await readFile(join(context.workTree, unit.path, LOCK_FILE), 'utf8').catch(() => null);
  if (committed === null) takeCachedProviders(session.env);
  const init = {
    stampPath: stackFolders(context).stamp,
    sources: sources.hashes,
    called,
    hasSource: unit.facts.hasSource,
    closure: sources.closure,
    // To read outputs, Terragrunt may init the units that this one depends on.
    needs: plan.dependencies.length === 0 ? sources.needs : undefined,
  };
  const ran = await initUnit(session, init);
  const vars = await varFiles(context);
  const planned = await planAndShow(
    session,
    vars.map((file) => `-var-file=${file.absolute}`),
    ran ? undefined : () => initUnit(session, init, true),
  );
  const mocked = await mockedDependencies(session, tree, unit.facts.dependencies);
  const seen = await shownLock(session, unit);
  return await toDriverPlan(session, planned, {
    backend: undefined,
    lockFile: await readFile(join(session.cwd, LOCK_FILE), 'utf8').catch(() => null),
    sources: { ...sources.hashes, ...Object.fromEntries(vars.map((file) => [file.path, file.hash])) },
    stateLock: seen.lock,
    warnings: [
      ...mocked.map(
        (path) => `mock_outputs: this plan was built on mock outputs of ${path}, and must never be applied.`,
      ),
      ...lockWarnings(session, seen),
    ],
    mockOutputs: mocked.length > 0,
    extra: { mock_outputs: mocked, calls: { name: called.name, version: called.version } },
  });
}

/** Who holds the state's lock; the backend is read where Terragrunt has let Terraform run. */
async function shownLock(session: Session, { facts, path }: Unit): Promise<SeenLock> {
  const { workTree, stack, signal } = session.context;
  const working = facts.hasSource ? await workingFolder(session) : session.cwd;
  if (working === null)
    return {
      lock: null,
      unread: "The state's lock could not be read: Terragrunt did not say in which folder it runs.",
    };
  return await seeLock(await readBackend(join(working, '.terraform')), {
    folder: facts.hasSource ? working : join(workTree, path),
    workspace: stack.workspace,
    env: session.env,
    signal,
  });
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
