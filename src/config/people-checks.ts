import { drawnBranches, repoNames, unknownRepo } from './environment-checks.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { isRecord, list, textOf } from './raw-value.ts';

/** Faults of `auth` that need more than one key to be seen: names, secrets, roles, issuers. */
export function peopleProblems(config: unknown): ConfigProblem[] {
  const auth = isRecord(config) && isRecord(config.auth) ? config.auth : undefined;
  if (auth === undefined) return [];
  const repos = [...repoNames(config), ...drawnBranches(config).map(({ name }) => name)];
  const neither: ConfigProblem[] =
    auth.tokens === undefined && auth.oidc === undefined
      ? [
          {
            path: ['auth'],
            message: 'lists neither tokens nor oidc',
            suggestion: 'list one of the two, or write auth: none',
          },
        ]
      : [];
  return [
    ...neither,
    ...tokenProblems(list(auth, 'tokens'), repos),
    ...issuerProblems(list(auth, 'oidc'), repos),
  ];
}

function tokenProblems(tokens: readonly unknown[], repos: readonly string[]): ConfigProblem[] {
  return tokens.flatMap((token, index): ConfigProblem[] => {
    const path: ConfigPath = ['auth', 'tokens', index];
    if (!isRecord(token)) return [];
    return [
      ...duplicateName(token, tokens.slice(0, index), path),
      ...secretProblems(token, path),
      ...(token.role !== undefined && token.grants !== undefined
        ? [
            {
              path: [...path, 'role'],
              message: 'stands beside grants',
              suggestion: 'give one of the two',
              atKey: true,
            },
          ]
        : []),
      ...grantProblems(token, path, repos),
    ];
  });
}

/** Two tokens of one name are one person's, who replaces the one by the other; so at least one of them must end. */
function duplicateName(
  token: Record<string, unknown>,
  before: readonly unknown[],
  path: ConfigPath,
): ConfigProblem[] {
  const name = textOf(token, 'name');
  const same = before.filter((other) => name !== undefined && textOf(other, 'name') === name);
  const ends = [token, ...same].some((other) => isRecord(other) && other.expires_at !== undefined);
  if (same.length === 0 || ends) return [];
  return [
    {
      path: [...path, 'name'],
      message: `another token is called "${name}"`,
      suggestion: 'use another name, or give the one that is replaced an expires_at',
    },
  ];
}

function secretProblems(token: Record<string, unknown>, path: ConfigPath): ConfigProblem[] {
  if ((token.hash === undefined) !== (token.token_env === undefined)) return [];
  return [
    {
      path,
      message: token.hash === undefined ? 'has neither hash nor token_env' : 'has both hash and token_env',
      suggestion: 'give one of the two',
    },
  ];
}

/** Repositories of grants that are no globs must be there: a grant for nothing is a slip. */
function grantProblems(holder: unknown, path: ConfigPath, repos: readonly string[]): ConfigProblem[] {
  return list(holder, 'grants').flatMap((grant, at) =>
    list(grant, 'repos').flatMap((repo, index): ConfigProblem[] => {
      const plain = typeof repo === 'string' && !/[*?]/.test(repo);
      return plain && !repos.includes(repo)
        ? [unknownRepo(repo, repos, [...path, 'grants', at, 'repos', index])]
        : [];
    }),
  );
}

function issuerProblems(issuers: readonly unknown[], repos: readonly string[]): ConfigProblem[] {
  const seen = new Set<string>();
  return issuers.flatMap((issuer, index): ConfigProblem[] => {
    const path: ConfigPath = ['auth', 'oidc', index];
    const id = `${textOf(issuer, 'issuer')} ${textOf(issuer, 'audience')}`;
    const again = seen.has(id);
    seen.add(id);
    return [
      ...(again
        ? [
            {
              path: [...path, 'issuer'],
              message: 'stands here twice with this audience',
              suggestion: 'put the grants together',
            },
          ]
        : []),
      ...grantProblems(issuer, path, repos),
    ];
  });
}
