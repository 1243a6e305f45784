import type { Hold } from '../../domain/hold.ts';
import { auditEntry, type PartialEntry } from '../audit-entries.ts';
import type { ActivityDeps } from '../deps.ts';

/** Pins what was rolled back, on record. Safe to run again. */
export async function placePin(deps: ActivityDeps, pin: Hold, taskId: string): Promise<void> {
  await deps.store.holds.place(pin, (placed) => [auditEntry(deps, placedEntry(placed, taskId))]);
}

function placedEntry({ by, reason, ...hold }: Hold, taskId: string): PartialEntry {
  return { action: 'hold.placed', result: 'ok', actor: by, taskId, reason, ...placeOf(hold) };
}

/** Where a hold is, as records say it. */
export function placeOf({
  kind,
  scope,
  repo,
  name,
  commit,
}: Pick<Hold, 'kind' | 'scope' | 'repo' | 'name' | 'commit'>) {
  return {
    repo,
    stackKey: scope === 'stack' ? name : null,
    environment: scope === 'environment' ? name : null,
    commit,
    details: { kind, scope },
  };
}
