import type { PublishedSettings, Settings } from '../domain/settings.ts';
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
  return [...notices, ...refNotices(settings.published)];
}

/** A ref that no repository follows: no stack is ever found there, so that the environment stays empty. */
function refNotices({ environments, repos }: PublishedSettings): string[] {
  return environments.flatMap(({ name, sources }) =>
    sources.flatMap(({ repo, ref }): string[] => {
      const from = repos.filter((each) => repo === null || each.name === repo);
      if (ref === null || from.length === 0 || from.some(({ branch }) => branch === ref)) return [];
      const whose = repo === null ? 'no repository follows' : `the repository "${repo}" does not follow`;
      return [
        `The environment "${name}" draws on the ref "${ref}", which ${whose}: no stack will belong to it. Give that repository branch: ${ref}, or list it once more, under another name, with that branch.`,
      ];
    }),
  );
}
