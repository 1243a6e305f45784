import { dependencyProblems } from './dependency-checks.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { isRecord, list, section, textOf } from './raw-value.ts';
import { checkRepoUrl, type RepoUrl } from './repo-url.ts';
import { checkRepoPath } from './safe-path.ts';

/** Faults of the repositories that need more than one key to be seen: names, URLs, log-ins, stacks. */
export function repoProblems(config: unknown, options: { cwd: string }): ConfigProblem[] {
  const allowLocal = section(config, 'git').allow_local === true;
  const names = new Map<string, number>();
  return list(config, 'repos').flatMap((repo, index) => {
    const path: ConfigPath = ['repos', index];
    const name = textOf(repo, 'name');
    const problems: ConfigProblem[] = [];
    const first = name === undefined ? undefined : names.get(name);
    if (name !== undefined && first !== undefined) {
      problems.push({
        path: [...path, 'name'],
        message: `"${name}" is already the name of repos[${first}]`,
        suggestion: `use another name, such as ${name}-2`,
      });
    } else if (name !== undefined) {
      names.set(name, index);
    }
    const url = textOf(repo, 'url');
    const checked =
      url === undefined || url === '' ? undefined : checkRepoUrl(url, { allowLocal, cwd: options.cwd });
    if (checked && !checked.ok) problems.push({ path: [...path, 'url'], ...withoutOk(checked) });
    problems.push(...stackProblems(list(repo, 'stacks'), [...path, 'stacks']));
    problems.push(...dependencyProblems(repo, path));
    if (isRecord(repo) && isRecord(repo.git)) {
      problems.push(...authProblems(repo.git, [...path, 'git'], checked?.ok ? checked.value : undefined));
    }
    return problems;
  });
}

function withoutOk({ message, suggestion }: { message: string; suggestion?: string }): {
  message: string;
  suggestion?: string;
} {
  return suggestion === undefined ? { message } : { message, suggestion };
}

function stackProblems(stacks: readonly unknown[], path: ConfigPath): ConfigProblem[] {
  const seen = new Map<string, number>();
  return stacks.flatMap((stack, index): ConfigProblem[] => {
    const checked = typeof stack === 'string' ? checkRepoPath(stack) : undefined;
    if (!checked?.ok) return [];
    const first = seen.get(checked.value);
    if (first === undefined) {
      seen.set(checked.value, index);
      return [];
    }
    return [
      {
        path: [...path, index],
        message: `"${checked.value}" is already listed as stacks[${first}]`,
        suggestion: 'leave it out',
      },
    ];
  });
}

/** Keys that a type of log-in can't do without. */
const NEEDED: Readonly<Record<string, { key: string; example: string }>> = {
  ssh: { key: 'ssh_key_path', example: '/etc/plumbline/ssh/id_ed25519' },
  https: { key: 'https_token_env', example: 'GIT_TOKEN' },
  github_app: { key: 'github_app', example: '{app_id, installation_id, private_key_path}' },
};

function authProblems(
  git: Record<string, unknown>,
  path: ConfigPath,
  url: RepoUrl | undefined,
): ConfigProblem[] {
  const type = textOf(git, 'type');
  if (type === undefined || !Object.hasOwn(NEEDED, type)) return [];
  const needed = NEEDED[type]!;
  const problems: ConfigProblem[] = [];
  if (git[needed.key] === undefined) {
    problems.push({
      path: [...path, needed.key],
      message: `is missing: type ${type} needs it`,
      suggestion: `for example ${needed.key}: ${needed.example}`,
    });
  }
  const overSsh = url?.transport === 'ssh';
  if (url && url.transport !== 'local' && overSsh !== (type === 'ssh')) {
    problems.push({
      path: [...path, 'type'],
      message: `${type} does not fit the repository's URL (${url.transport})`,
      suggestion: type === 'ssh' ? 'use a git@host:path or ssh:// URL' : 'use an https:// URL',
    });
  }
  // A lone user name (as Azure DevOps writes its URLs) does no harm beside a token.
  if (url?.credentials?.endsWith(':') === false) {
    problems.push({
      path,
      message: "stands beside credentials in the repository's URL",
      suggestion: 'take the credentials out of the URL',
      atKey: true,
    });
  }
  return problems;
}
