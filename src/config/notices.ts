import type { PublishedSettings, Settings } from '../domain/settings.ts';
import { entryName, isDerived } from '../domain/repo-name.ts';
import { isRecord } from './raw-value.ts';
import { repositoryPlace } from './repo-url.ts';

/** What the person should know about a valid config: nothing here stops anything. */
export function configNotices(config: unknown, settings: Settings): string[] {
  const notices: string[] = [];
  if (isRecord(config) && config.redis !== undefined) {
    notices.push('redis is not needed: Temporal is the queue and the lock. The section can be removed.');
  }
  for (const repo of settings.published.repos.filter(({ name }) => !isDerived(name))) {
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
  return [...notices, ...refNotices(settings.published), ...twiceNotices(settings.published)];
}

/** A ref of no certain repository that none follows: no stack is ever found there, so that the environment stays empty. */
function refNotices({ environments, repos }: PublishedSettings): string[] {
  return environments.flatMap(({ name, sources }) =>
    sources.flatMap(({ repo, ref }): string[] => {
      if (ref === null || repo !== null || repos.length === 0) return [];
      if (repos.some(({ branch }) => branch === ref)) return [];
      return [
        `The environment "${name}" draws on the ref "${ref}", which no repository follows: no stack will belong to it. Name the repository beside it: repo: ${repos[0]!.name}.`,
      ];
    }),
  );
}

/** A branch that is followed twice, or perhaps is: its stacks would be planned and applied by two repos. */
function twiceNotices({ repos }: PublishedSettings): string[] {
  return repos
    .filter(({ name }) => isDerived(name))
    .flatMap(({ name, branch, url }): string[] => {
      const entry = repos.find((each) => each.name === entryName(name))!;
      const place = repositoryPlace(url);
      const twin = repos.find(
        (each) => !isDerived(each.name) && each.branch === branch && repositoryPlace(each.url) === place,
      );
      const made = `The repo "${name}" is made for an environment`;
      if (twin) {
        return [
          `${made}, and "${twin.name}" follows the branch "${branch}" of the same repository: if they have stacks in common, name ${twin.name} in the environment instead.`,
        ];
      }
      if (entry.branch !== null) return [];
      return [
        `${made}, and the entry "${entry.name}" says no branch: if its default branch is "${branch}", write branch: ${branch} there, or all stacks are there twice.`,
      ];
    });
}
