import type { Settings } from '../domain/settings.ts';
import { isRecord } from './raw-value.ts';

/** What the person should know about a valid config: nothing here stops anything. */
export function configNotices(config: unknown, settings: Settings): string[] {
  const notices: string[] = [];
  if (isRecord(config) && config.redis !== undefined) {
    notices.push('redis is not needed: Temporal is the queue and the lock. The section can be removed.');
  }
  for (const repo of settings.published.repos) {
    const plain = /^http:\/\/(?!localhost[:/]|127\.|\[::1\])/.test(repo.url);
    if (plain)
      notices.push(
        `The repository "${repo.name}" is fetched over http://, which anybody on the way can read and change.`,
      );
    if (settings.secrets.urlCredentials[repo.name] !== undefined) {
      notices.push(
        `The URL of the repository "${repo.name}" holds credentials. They are kept apart; git.https_token_env keeps them out of the file as well.`,
      );
    }
  }
  return notices;
}
