import type { CommitRange } from '../../src/activities/deps.ts';
import { fakeCheckouts } from './workers.ts';

/** A commit on the one branch of a fake repository. */
export interface FakeCommit {
  commit: string;
  by: string;
  files: readonly string[];
  signed: boolean;
}

/** A straight line of commits, and what activities ask of Git about it. */
export function fakeHistory(dataDir: string) {
  const commits: FakeCommit[] = [];
  const between = ({ base, commit }: { base: string | null; commit: string }): FakeCommit[] => {
    const at = (sha: string | null): number => commits.findIndex((each) => each.commit === sha);
    return commits.slice(at(base) + 1, at(commit) + 1);
  };
  const below = (paths: readonly string[]) => (file: string) =>
    paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path}/`));
  const history = {
    commits,
    /** The code owners of each commit, by its SHA. */
    owners: new Map<string, string>(),
    /** A new commit on top; gives its SHA. */
    push: (more: Partial<Omit<FakeCommit, 'commit'>> = {}): string => {
      const commit = (commits.length + 1).toString(16).padStart(40, '0');
      commits.push({ by: 'author@example.com', files: ['envs/prod/main.tf'], signed: true, ...more, commit });
      return commit;
    },
    git: {
      ...fakeCheckouts(dataDir),
      resolve: async () => ({ commit: commits.at(-1)!.commit, branch: 'main' }),
      changesSince: async (
        _: unknown,
        range: { base: string | null; commit: string; paths: readonly string[] },
      ): Promise<CommitRange> => {
        const touching = between(range).filter(({ files }) => files.some(below(range.paths)));
        // Going back, files differ without a commit that says so.
        const undone = range.base === null ? [] : between({ base: range.commit, commit: range.base });
        return {
          files: [
            ...new Set([...touching, ...undone].flatMap(({ files }) => files.filter(below(range.paths)))),
          ].sort(),
          authors: [...new Set(touching.map(({ by }) => by))].map((email) => ({ name: email, email })),
          lastCommitter: between(range).at(-1)?.by ?? null,
          commits: touching.length,
        };
      },
      readCodeOwners: async (_: unknown, commit: string) => {
        const text = history.owners.get(commit);
        return text === undefined ? undefined : { path: 'CODEOWNERS', text };
      },
      readCodeOwnersBefore: async (_: unknown, commit: string) => {
        const at = commits.findIndex((each) => each.commit === commit);
        const text = history.owners.get(commits[Math.max(0, at - 1)]?.commit ?? commit);
        return text === undefined ? undefined : { path: 'CODEOWNERS', text };
      },
      unsignedCommits: async (
        _: unknown,
        range: { base: string | null; commit: string; paths?: readonly string[]; touching?: boolean },
      ) =>
        between(range)
          .filter(({ signed, files }) => !signed && (!range.touching || files.some(below(range.paths ?? []))))
          .map(({ commit, by }) => ({ commit, author: by, why: 'it has no signature' })),
    },
  };
  return history;
}
