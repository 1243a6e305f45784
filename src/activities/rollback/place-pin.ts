import type { Hold } from '../../domain/eligibility/hold.ts';
import { auditEntry, type PartialEntry } from '../audit-entries.ts';
import type { ActivityDeps } from '../deps.ts';
import { latestConfig } from '../pinned-config.ts';
import { environmentOfKey } from '../stack-facts.ts';

/** Pins what was rolled back, on record. Safe to run again. */
export async function placePin(deps: ActivityDeps, pin: Hold, taskId: string): Promise<void> {
  const environment = await environmentOfPin(deps, pin);
  await deps.store.holds.place(pin, (placed) => [
    auditEntry(deps, { ...placedEntry(placed, taskId), environment }),
  ]);
}

function placedEntry({ by, reason, ...hold }: Hold, taskId: string): PartialEntry {
  return { action: 'hold.placed', result: 'ok', actor: by, taskId, reason, ...placeOf(hold) };
}

async function environmentOfPin(deps: ActivityDeps, { scope, repo, name }: Hold): Promise<string | null> {
  if (scope !== 'stack' || repo === null) return scope === 'environment' ? name : null;
  const { settings } = await latestConfig(deps.store);
  return await environmentOfKey(deps, settings, { repo, key: name });
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
