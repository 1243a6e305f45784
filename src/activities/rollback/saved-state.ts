import type { Backup } from '../../domain/attempt.ts';
import type { SavedState } from '../../drivers/driver-results.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ActivityDeps } from '../deps.ts';

/** Whose saved state is meant. */
interface Wanted {
  repo: string;
  key: string;
  to_backup: string;
}

/** A stack's own backup. @throws PlumblineError `backup_not_found`, `backup_foreign` */
export async function ownBackup(
  { store }: Pick<ActivityDeps, 'store'>,
  { repo, key, to_backup: id }: Wanted,
): Promise<Backup> {
  const backup = await store.attempts.backup(id);
  if (!backup) {
    throw new PlumblineError(
      'backup_not_found',
      `There is no saved state ${id}: "plumbline backups ${repo} ${key}" shows those that there are. Nothing was changed.`,
    );
  }
  if (backup.repo === repo && backup.stackKey === key) return backup;
  throw new PlumblineError(
    'backup_foreign',
    `The saved state ${id} is one of ${backup.stackKey} of ${backup.repo}, not of ${key} of ${repo}. Nothing was changed.`,
  );
}

/** The same with its content. @throws PlumblineError as `ownBackup`, and `artifact_missing` or `artifact_corrupt` */
export async function savedState(deps: ActivityDeps, wanted: Wanted): Promise<SavedState> {
  const { id, content: digest } = await ownBackup(deps, wanted);
  const content = await deps.artifacts.get({ digest, encrypted: digest.startsWith('hmac-') });
  return { id, content };
}
