import { environmentName } from '../domain/environment.ts';
import { derivedRepoName } from '../domain/repo-name.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { list, section, textOf } from './raw-value.ts';
import { didYouMean } from './suggest.ts';

/** As the schema has it. */
const DEFAULT_TASK_QUEUE = 'plumbline';

/** Of the name of a repo that was made for a branch. */
const MOST_CHARACTERS = 200;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** Faults of the environments that need more than one key to be seen: names, repositories, globs, escalation. */
export function environmentProblems(config: unknown): ConfigProblem[] {
  const repos = repoNames(config);
  const branches = new Map(
    list(config, 'repos').map((repo) => [textOf(repo, 'name'), textOf(repo, 'branch')] as const),
  );
  const sourceProblems = (source: unknown, path: ConfigPath): ConfigProblem[] => [
    ...placeProblems(source, path, repos),
    ...refProblems(source, path, branches),
  ];
  const taken = new Map<string, number>();
  return list(config, 'environments').flatMap((environment, index) => {
    const path: ConfigPath = ['environments', index];
    return [
      ...nameProblems(environment, path, index, taken),
      ...sourceProblems(environment, path),
      ...list(environment, 'sources').flatMap((source, at) =>
        sourceProblems(source, [...path, 'sources', at]),
      ),
      ...queueProblems(section(environment, 'policy'), [...path, 'policy', 'queue'], config),
      ...approvalProblems(section(section(environment, 'policy'), 'approvals'), [
        ...path,
        'policy',
        'approvals',
      ]),
    ];
  });
}

/** The names of the repositories, as far as they are texts. */
export function repoNames(config: unknown): string[] {
  return list(config, 'repos').flatMap((repo) => textOf(repo, 'name') ?? []);
}

/** A repository that the config does not list. */
export function unknownRepo(name: string, known: readonly string[], path: ConfigPath): ConfigProblem {
  const meant = didYouMean(name, known);
  const others = known.length === 0 ? 'list it under repos' : `the repositories are ${known.join(', ')}`;
  return {
    path,
    message: `there is no repository "${name}"`,
    suggestion: meant === undefined ? others : `did you mean ${meant}?`,
  };
}

function nameProblems(
  environment: unknown,
  path: ConfigPath,
  index: number,
  taken: Map<string, number>,
): ConfigProblem[] {
  const name = textOf(environment, 'name');
  const aliases = list(environment, 'aliases').map((alias, at) => ({
    word: alias,
    path: [...path, 'aliases', at],
  }));
  return [{ word: name, path: [...path, 'name'] }, ...aliases].flatMap((entry): ConfigProblem[] => {
    if (typeof entry.word !== 'string') return [];
    const word = environmentName(entry.word);
    const owner = taken.get(word);
    taken.set(word, owner ?? index);
    if (owner === undefined || owner === index) return [];
    const same = word === entry.word.toLowerCase() ? '' : ` (it is short for ${word})`;
    return [
      {
        path: entry.path,
        message: `"${entry.word}"${same} is already a name of environments[${owner}]`,
        suggestion: 'use another name, or put both into one environment with sources',
      },
    ];
  });
}

function placeProblems(source: unknown, path: ConfigPath, repos: readonly string[]): ConfigProblem[] {
  const repo = textOf(source, 'repo');
  const unknown =
    repo === undefined || repo === '' || repos.includes(repo)
      ? []
      : [unknownRepo(repo, repos, [...path, 'repo'])];
  const globs = list(source, 'paths').flatMap((glob, index): ConfigProblem[] => {
    const fault = typeof glob === 'string' ? openBracket(glob) : undefined;
    return fault === undefined
      ? []
      : [
          {
            path: [...path, 'paths', index],
            message: `"${fault}" is never closed`,
            suggestion: 'close it, or write envs/**',
          },
        ];
  });
  return [...unknown, ...globs];
}

/** What is no branch but a commit, and a branch whose repo would have a name that is too long for IDs and addresses. */
function refProblems(
  source: unknown,
  path: ConfigPath,
  branches: ReadonlyMap<string | undefined, string | undefined>,
): ConfigProblem[] {
  const [repo, ref] = [textOf(source, 'repo'), textOf(source, 'ref')];
  if (ref === undefined || (repo !== undefined && branches.get(repo) === ref)) return [];
  if (COMMIT.test(ref)) {
    return [
      {
        path: [...path, 'ref'],
        message: 'is a commit, and an environment draws on a branch',
        suggestion: 'name the branch; "plumbline sync --commit" syncs to a certain commit',
      },
    ];
  }
  if (repo === undefined || derivedRepoName(repo, ref).length <= MOST_CHARACTERS) return [];
  return [
    {
      path: [...path, 'ref'],
      message: `gives a repo whose name, ${repo}@…, has more than ${MOST_CHARACTERS} characters`,
      suggestion:
        'list the repository once more under repos, by a short name and with this branch, and name that',
    },
  ];
}

/** A branch that an environment draws on, of an entry of `repos`, and the name of the repo that it makes. */
interface DrawnBranch {
  name: string;
  entry: string;
  branch: string;
}

/** The branches that environments name beside an entry of `repos`, whether or not that follows them. */
export function drawnBranches(config: unknown): DrawnBranch[] {
  const sources = list(config, 'environments').flatMap((each) => [each, ...list(each, 'sources')]);
  return sources.flatMap((source) => {
    const entry = textOf(source, 'repo');
    const branch = textOf(source, 'ref')?.replace(/^refs\/heads\//, '');
    if (entry === undefined || branch === undefined) return [];
    return [{ name: derivedRepoName(entry, branch), entry, branch }];
  });
}

/** The first bracket of a glob that is never closed: it would be taken literally, and match nothing that was meant. */
function openBracket(glob: string): string | undefined {
  const pairs: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')' };
  const open: string[] = [];
  for (const char of glob.replaceAll(/\\./g, '')) {
    if (Object.hasOwn(pairs, char)) open.push(char);
    else if (open.length > 0 && pairs[open.at(-1)!] === char) open.pop();
  }
  return open[0];
}

/** A queue that has another purpose already: what is sent there would never be planned. */
function queueProblems(policy: Record<string, unknown>, path: ConfigPath, config: unknown): ConfigProblem[] {
  const { queue } = policy;
  const workflows = textOf(section(config, 'temporal'), 'task_queue') ?? DEFAULT_TASK_QUEUE;
  if (queue !== workflows && !(typeof queue === 'string' && queue.endsWith('-presence'))) return [];
  const what =
    queue === workflows
      ? 'is the queue of workflows (temporal.task_queue)'
      : 'is a name that is kept for Plumbline';
  return [{ path, message: `"${queue}" ${what}`, suggestion: 'use another name, such as stacks-production' }];
}

function approvalProblems(approvals: Record<string, unknown>, path: ConfigPath): ConfigProblem[] {
  const to = list(approvals, 'escalate_to');
  if (approvals.escalate_after !== undefined && to.length === 0) {
    return [
      {
        path: [...path, 'escalate_after'],
        message: 'stands without escalate_to, so nobody would be named',
        suggestion: 'add escalate_to: [team]',
        atKey: true,
      },
    ];
  }
  return [];
}
