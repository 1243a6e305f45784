import { readS3Lock, type S3Reader, type SeenLock } from './s3-lock.ts';
import type { Session } from './session.ts';
import { type BackendRecord, readStateLock } from './state-lock.ts';

/**
 * Who holds a state's lock, where that can be read without taking it: of a local state and of an S3 backend.
 * @param at.folder in the work tree, where a state inside the repository really lies
 */
export async function seeLock(backend: BackendRecord | undefined, at: S3Reader): Promise<SeenLock> {
  if (backend?.type === 's3') return await readS3Lock(backend, at);
  return { lock: await readStateLock(backend, at.folder, at.workspace) };
}

/** What people are told where a lock could not be read: that none is shown does not mean that there is none. */
export function lockWarnings({ redact }: Pick<Session, 'redact'>, { unread }: SeenLock): string[] {
  return unread === undefined ? [] : [redact(unread)];
}
