import { isAbsolute, relative } from 'node:path';
import { PlumblineError } from '../../../util/errors.ts';
import type { ReadyStack } from './ready-stack.ts';

/**
 * Refuses to change a stack whose state lies in the work tree: that is one commit's, read-only, and gone with it. What the
 * tool would write is a private copy that nobody reads again.
 * @throws PlumblineError `state_not_shared`
 */
export function requireSharedState({ session, backend }: ReadyStack): void {
  if (backend !== undefined && backend.type !== 'local') return;
  const { stack, workTree, dataDir } = session.context;
  const field = stack.workspace === 'default' ? 'path' : 'workspace_dir';
  const place = backend?.config[field];
  const kept = typeof place === 'string' && isAbsolute(place);
  if (kept && [workTree, dataDir].every((folder) => relative(folder, place).startsWith('..'))) return;
  throw new PlumblineError(
    'state_not_shared',
    backend === undefined
      ? `${stack.key} has no backend: its state would be kept beside its sources, where the next commit does not find it. Configure a backend.`
      : `${stack.key} keeps its state in its work tree, where the next commit does not find it. Configure another backend, or give the local one an absolute ${field}.`,
    { details: { backend: backend?.type ?? null, field } },
  );
}
