import { rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { PlumblineError } from '../../util/errors.ts';
import { stackFolders } from './environment.ts';
import { ensureInit, type InitPlan } from './init.ts';
import { runTool, type Session } from './session.ts';
import { readBackend, type BackendRecord } from './state-lock.ts';

/** Replaces the backend of a workspace that isn't there; no part of what is planned. */
export const OVERRIDE_FILE = 'plumbline_override.tf';
const OVERRIDE = 'terraform {\n  backend "local" {}\n}\n';

/** Backends that choose a workspace by name on the server, and create none when asked for one. */
const SERVER_SIDE = new Set(['remote', 'cloud']);

/**
 * Whether a backend has the workspace. It must be asked before planning: init and plan create a workspace that is not
 * there, and on most backends that writes an empty state. A local backend inside the repository needs no question, since
 * its folder is a private copy. Asked each time: a workspace that was there before may have been deleted since.
 */
export async function workspaceExists(
  session: Session,
  backend: BackendRecord | undefined,
): Promise<boolean> {
  const { workspace } = session.context.stack;
  if (workspace === 'default' || backend === undefined || SERVER_SIDE.has(backend.type)) return true;
  if (backend.type === 'local') {
    const folder = backend.config['workspace_dir'];
    if (typeof folder !== 'string' || !isAbsolute(folder)) return true;
    return (await stat(join(folder, workspace)).catch(() => undefined))?.isDirectory() === true;
  }
  const { TF_WORKSPACE: _, ...env } = session.env;
  const list = await runTool({ ...session, env }, ['workspace', 'list'], { step: 'workspaces', data: true });
  // Should the list not be had, the plan will say why.
  return (
    list.exitCode !== 0 ||
    list.stdout.split('\n').some((line) => line.replace(/^\*?\s*/, '').trim() === workspace)
  );
}

/**
 * Makes a session plan against an empty state of its own: a workspace that doesn't exist yet has nothing in it, and must
 * not be created by a plan.
 */
export async function useEmptyState(session: Session, init: InitPlan, dataDir: string): Promise<void> {
  session.env['TF_DATA_DIR'] = join(dataDir, 'tf-empty');
  await writeFile(join(session.cwd, OVERRIDE_FILE), OVERRIDE);
  await ensureInit(session, { ...init, backendConfig: {}, stampPath: join(dataDir, 'init-empty.json') });
}

/**
 * Makes the workspace that a session was planned without, and lets the session work in it.
 * @throws PlumblineError `workspace_failed`, and those of `ensureInit`
 */
export async function createWorkspace(session: Session, init: InitPlan): Promise<void> {
  const { context, redact } = session;
  const { workspace } = context.stack;
  const { tfData } = stackFolders(context);
  await rm(join(session.cwd, OVERRIDE_FILE), { force: true });
  session.env['TF_DATA_DIR'] = tfData;
  await ensureInit(session, init, true);
  const { TF_WORKSPACE: _, ...env } = session.env;
  const made = await runTool({ ...session, env }, ['workspace', 'new', '-no-color', workspace], {
    step: 'workspace',
    data: true,
  });
  // The choice is the environment's alone: what is remembered would fail once the workspace is gone.
  await rm(join(tfData, 'environment'), { force: true });
  if (made.exitCode === 0 || (await workspaceExists(session, await readBackend(tfData)))) return;
  throw new PlumblineError(
    'workspace_failed',
    `The workspace ${workspace} of ${context.stack.path} can't be made: ${redact(made.stderr.trim()).slice(-1000)}`,
    { retryable: true },
  );
}
