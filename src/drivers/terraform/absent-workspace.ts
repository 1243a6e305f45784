import { stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ensureInit, type InitPlan } from './init.ts';
import { runTool, type Session } from './session.ts';
import type { BackendRecord } from './state-lock.ts';

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
  await writeFile(join(session.cwd, 'plumbline_override.tf'), OVERRIDE);
  await ensureInit(session, { ...init, backendConfig: {}, stampPath: join(dataDir, 'init-empty.json') });
}
