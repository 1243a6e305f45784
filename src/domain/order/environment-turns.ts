import { entryName } from '../repo-name.ts';

/** What one task has of the environments that were asked for. */
export interface EnvironmentTurn {
  repo: string;
  /** In the order of syncing. */
  names: string[];
}

/**
 * The tasks of several environments, in their order: each repository is one task of all that it has of them. Branches of one
 * entry of the config are repos of their own, but what is promoted from one to the other is the same, so that none of them
 * comes before an earlier environment of the others: a repo that has dev and production gets two tasks where staging is on another
 * branch.
 *
 * @param environments those that were asked for, in the order of syncing, each with the repos that it draws on
 * @param repos all of them, in the order of the config
 */
export function environmentTurns(
  environments: readonly { name: string; repos: readonly string[] }[],
  repos: readonly string[],
): EnvironmentTurn[] {
  const turns: (EnvironmentTurn & { order: number })[] = [];
  for (const entry of new Set(repos.map(entryName))) {
    const own = repos.filter((repo) => entryName(repo) === entry);
    const ofEntry: typeof turns = [];
    for (const [order, { name, repos: drawnOn }] of environments.entries()) {
      for (const repo of own.filter((each) => drawnOn.includes(each))) {
        const last = ofEntry.at(-1);
        if (last?.repo === repo) last.names.push(name);
        else ofEntry.push({ repo, names: [name], order });
      }
    }
    turns.push(...ofEntry);
  }
  return turns.toSorted((a, b) => a.order - b.order).map(({ repo, names }) => ({ repo, names }));
}

/**
 * The same as rounds of tasks that run side by side: one in each round, or, `parallel`, one of each entry of the config.
 */
export function roundsOf<T extends { repo: string }>(turns: readonly T[], parallel: boolean): T[][] {
  if (!parallel) return turns.map((turn) => [turn]);
  const rounds: T[][] = [];
  for (const ofEntry of Map.groupBy(turns, ({ repo }) => entryName(repo)).values())
    for (const [index, turn] of ofEntry.entries()) (rounds[index] ??= []).push(turn);
  return rounds;
}
