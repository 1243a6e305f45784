import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import { withFileLock } from '../../util/file-lock.ts';
import type { DriverPlan, PlanContext, ResolvedTool } from '../driver.ts';
import { useEmptyState, workspaceExists } from './absent-workspace.ts';
import { repoPath } from './atlantis.ts';
import { stackFolders, terraformEnv } from './environment.ts';
import { TERRAFORM, type Flavour } from './flavour.ts';
import { ensureInit, LOCK_FILE } from './init.ts';
import { terraformOptions, type TerraformOptions } from './options.ts';
import { planAndShow } from './plan-steps.ts';
import { toDriverPlan } from './plan-result.ts';
import { makePrivateTree } from './private-tree.ts';
import { sessionRedaction, waitWithin, type Session } from './session.ts';
import { readClosure, type SourceClosure } from './source-closure.ts';
import { readBackend, readStateLock } from './state-lock.ts';
import { stackVersion } from './version.ts';

/** Plans a stack with Terraform; see `Driver.plan`. */
export async function planTerraform(context: PlanContext): Promise<DriverPlan> {
  return await planFlavour(context, TERRAFORM, terraformOptions.parse(context.options ?? {}));
}

/** Plans a stack with Terraform or OpenTofu. Nothing is written outside the context's own folders. */
export async function planFlavour(
  context: PlanContext,
  flavour: Flavour,
  options: TerraformOptions,
): Promise<DriverPlan> {
  await requireStack(context);
  const closure = await readClosure(context.workTree, context.stack.path, flavour);
  const tool = await resolveTool(context, flavour, closure);
  const session: Session = {
    context,
    tool,
    cwd: '',
    env: terraformEnv(context),
    ...sessionRedaction(context),
    // Getting a tool can take minutes once, and is no fault of the stack: the time starts when it is there.
    deadlineMs: performance.now() + context.timeoutMs,
    durationsMs: {},
  };
  await mkdir(context.dataDir, { recursive: true });
  return await waitWithin(session, 'prepare', (signal) =>
    withFileLock(stackFolders(context).lock, () => planPrivately(session, flavour, options, closure), {
      signal,
    }),
  );
}

async function planPrivately(
  session: Session,
  flavour: Flavour,
  options: TerraformOptions,
  closure: SourceClosure,
): Promise<DriverPlan> {
  const { context } = session;
  const folders = stackFolders(context);
  session.cwd = await makePrivateTree(
    context.workTree,
    folders.tree,
    [context.stack.path, ...[...closure.modules.keys()].filter((path) => path !== context.stack.path)],
    closure.texts,
  );
  const init = { flavour, closure, backendConfig: options.backend_config, stampPath: folders.stamp };
  let ran = await ensureInit(session, init);
  const backend = await readBackend(folders.tfData);
  const warnings: string[] = [];
  if (!(await workspaceExists(session, backend))) {
    warnings.push(
      `The workspace ${context.stack.workspace} does not exist yet: planned against an empty state.`,
    );
    await useEmptyState(session, init, context.dataDir);
    ran = true;
  }
  const vars = await varFiles(context);
  const parallelism = options.parallelism === undefined ? [] : [`-parallelism=${options.parallelism}`];
  const planned = await planAndShow(
    session,
    [...parallelism, ...vars.map((file) => `-var-file=${file.absolute}`)],
    ran ? undefined : () => ensureInit(session, init, true),
  );
  return await toDriverPlan(session, planned, {
    backend,
    lockFile: await readFile(join(session.cwd, LOCK_FILE), 'utf8').catch(() => null),
    sources: { ...closure.hashes, ...Object.fromEntries(vars.map((file) => [file.path, file.hash])) },
    stateLock: await readStateLock(
      backend,
      join(context.workTree, context.stack.path),
      context.stack.workspace,
    ),
    warnings,
  });
}

/** @throws PlumblineError `stack_not_found` when the stack's folder isn't in the commit */
export async function requireStack(context: PlanContext): Promise<void> {
  const { path, key } = context.stack;
  const folder =
    repoPath(path) === path ? await stat(join(context.workTree, path)).catch(() => undefined) : undefined;
  if (folder?.isDirectory() !== true)
    throw new PlumblineError(
      'stack_not_found',
      `The stack ${key} has no folder ${path} in commit ${context.commit}.`,
    );
}

async function resolveTool(
  context: PlanContext,
  flavour: Flavour,
  closure: SourceClosure,
): Promise<ResolvedTool> {
  const { stack, workTree, signal, onProgress } = context;
  const constraint = await stackVersion(workTree, stack.path, flavour, {
    fromSettings: stack.settings?.['version'],
    required: closure.modules.get(stack.path)?.requiredVersion,
  });
  return await context.tools(flavour.kind, constraint, {
    signal,
    onProgress: (line) => onProgress({ step: 'prepare', line }),
  });
}

interface VarFile {
  path: string;
  absolute: string;
  hash: string;
}

/** @throws PlumblineError `config_invalid` when one isn't there or leaves the repository */
export async function varFiles(context: PlanContext): Promise<VarFile[]> {
  return await Promise.all(
    context.varFiles.map(async (path) => {
      const absolute = resolve(context.workTree, path);
      const content =
        repoPath(path) === undefined ? undefined : await readFile(absolute).catch(() => undefined);
      if (content === undefined)
        throw new PlumblineError(
          'config_invalid',
          `The var file ${path} is not in commit ${context.commit}.`,
        );
      return { path, absolute, hash: createHash('sha256').update(content).digest('hex') };
    }),
  );
}
