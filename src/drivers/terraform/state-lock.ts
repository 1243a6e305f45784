import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { StateLock } from '../../domain/stack.ts';

/** A backend as `init` recorded it in the data folder. */
export interface BackendRecord {
  type: string;
  config: JsonObject;
}

/** The backend that `init` set up; undefined when the stack has none and keeps its state beside its files. */
export async function readBackend(tfDataDir: string): Promise<BackendRecord | undefined> {
  const text = await readFile(join(tfDataDir, 'terraform.tfstate'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    const backend = isJsonObject(record) ? record['backend'] : undefined;
    if (!isJsonObject(backend) || typeof backend['type'] !== 'string') return undefined;
    return { type: backend['type'], config: isJsonObject(backend['config']) ? backend['config'] : {} };
  } catch {
    return undefined;
  }
}

/** Absolute path of a local backend's state file, or undefined for any other backend. */
export function localStatePath(
  backend: BackendRecord | undefined,
  stackFolder: string,
  workspace: string,
): string | undefined {
  if (backend !== undefined && backend.type !== 'local') return undefined;
  const { path, workspace_dir: folder } = backend?.config ?? {};
  const own = typeof path === 'string' && path !== '' ? path : 'terraform.tfstate';
  if (workspace === 'default') return resolve(stackFolder, own);
  const folders = typeof folder === 'string' && folder !== '' ? folder : 'terraform.tfstate.d';
  return resolve(stackFolder, folders, workspace, 'terraform.tfstate');
}

/**
 * Who holds the lock of a local state: Terraform writes it beside the state. Null when nobody does, or when the backend
 * is another one, whose lock can't be read without trying to take it.
 * @param stackFolder the stack's folder in the work tree, where a state inside the repository really lies
 */
export async function readStateLock(
  backend: BackendRecord | undefined,
  stackFolder: string,
  workspace: string,
): Promise<StateLock | null> {
  const state = localStatePath(backend, stackFolder, workspace);
  if (state === undefined) return null;
  const text = await readFile(lockInfoPath(state), 'utf8').catch(() => undefined);
  if (text === undefined) return null;
  return lockInJson(text);
}

/** A lock as Terraform writes it; what can't be read of it is empty. */
export function lockInJson(text: string): StateLock {
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch {
    info = {};
  }
  const field = (name: string) => (isJsonObject(info) && typeof info[name] === 'string' ? info[name] : '');
  return { id: field('ID'), who: field('Who'), operation: field('Operation'), created: field('Created') };
}

/** Where Terraform says who locks a local state. */
export function lockInfoPath(statePath: string): string {
  return join(dirname(statePath), `.${basename(statePath)}.lock.info`);
}
