import type { RepoSettings } from '../../domain/settings.ts';
import { auditEntry } from '../audit-entries.ts';
import type { ActivityDeps, LongCall } from '../deps.ts';
import type { PinnedConfig } from '../pinned-config.ts';
import { placeOf } from './place-pin.ts';

/**
 * Ends the pins of rollbacks that the branch did not take, as soon as it has what they restore: somebody has merged it, in
 * whatever way. Safe to run again.
 */
export async function releaseMerged(
  deps: ActivityDeps,
  { git }: Pick<PinnedConfig, 'git'>,
  { repo, head }: { repo: RepoSettings; head: string },
  call: LongCall,
): Promise<void> {
  const { store, now } = deps;
  for (const hold of await store.holds.active()) {
    const { id, commit, merge } = hold;
    if (hold.repo !== repo.name || commit === null || merge === undefined) continue;
    if (!(await git.samePaths(repo, { commit: head, other: commit, paths: merge.paths }, call))) continue;
    await store.holds.release(id, 'plumbline', now().toISOString(), (released) => {
      const { details, ...place } = placeOf(released);
      const reason = `Branch ${merge.branch} has by now what the rollback restores, at ${head.slice(0, 12)}.`;
      const about = { ...place, reason, details: { ...details, merged_as: head } };
      return [auditEntry(deps, { action: 'hold.released', result: 'ok', ...about })];
    });
  }
}
