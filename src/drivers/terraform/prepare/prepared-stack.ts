import { mkdir } from 'node:fs/promises';
import { withFileLock } from '../../../util/file-lock.ts';
import type { PlanContext, ResolvedTool } from '../../driver.ts';
import { useEmptyState, workspaceExists } from '../absent-workspace.ts';
import { stackFolders, terraformEnv } from '../environment.ts';
import type { Flavour } from '../flavour.ts';
import { ensureInit, type InitPlan } from '../init.ts';
import type { TerraformOptions } from '../options.ts';
import { makePrivateTree } from '../private-tree.ts';
import { sessionRedaction, waitWithin, type Session } from '../session.ts';
import { readClosure, type SourceClosure } from '../source-closure.ts';
import { readBackend, type BackendRecord } from '../state-lock.ts';
import { stackVersion } from '../version.ts';
import { requireStack } from './stack-inputs.ts';

/** A stack in its private tree, with its tool, initialised: ready for any command. */
export interface PreparedStack {
  session: Session;
  options: TerraformOptions;
  closure: SourceClosure;
  init: InitPlan;
  backend: BackendRecord | undefined;
  /** Whether init ran just now; if not, a failure may be one of an init that no longer fits. */
  initRan: boolean;
  /** The backend has no such workspace: the session works on an empty state of its own. */
  workspaceAbsent: boolean;
}

/**
 * Makes a stack ready and works on it, while nobody else does so in this data folder. Nothing is written outside the
 * context's own folders, unless `work` does it.
 * @throws PlumblineError as `ensureInit`, `stack_not_found`, `tool_timeout`, `cancelled`, and what `work` throws
 */
export async function inPreparedStack<T>(
  context: PlanContext,
  flavour: Flavour,
  options: TerraformOptions,
  work: (stack: PreparedStack) => Promise<T>,
): Promise<T> {
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
    withFileLock(
      stackFolders(context).lock,
      async () => await work(await prepare(session, flavour, options, closure)),
      { signal },
    ),
  );
}

async function prepare(
  session: Session,
  flavour: Flavour,
  options: TerraformOptions,
  closure: SourceClosure,
): Promise<PreparedStack> {
  const { context } = session;
  const folders = stackFolders(context);
  session.cwd = await makePrivateTree(
    context.workTree,
    folders.tree,
    [context.stack.path, ...[...closure.modules.keys()].filter((path) => path !== context.stack.path)],
    closure.texts,
  );
  const init = { flavour, closure, backendConfig: options.backend_config, stampPath: folders.stamp };
  const ran = await ensureInit(session, init);
  const backend = await readBackend(folders.tfData);
  const workspaceAbsent = !(await workspaceExists(session, backend));
  if (workspaceAbsent) await useEmptyState(session, init, context.dataDir);
  return { session, options, closure, init, backend, initRan: ran || workspaceAbsent, workspaceAbsent };
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
