import { createHash } from 'node:crypto';
import { environmentName } from '../domain/environment.ts';
import type { Grant } from '../domain/person.ts';
import type { AuthSettings, OidcSettings, TokenSettings } from '../domain/settings.ts';
import type { ProcessEnv } from './process-env.ts';
import type { ParsedConfig } from './schema/config.ts';

type ParsedAuth = Exclude<ParsedConfig['auth'], 'none' | undefined>;
type ParsedToken = NonNullable<ParsedAuth['tokens']>[number];
type ParsedIssuer = NonNullable<ParsedAuth['oidc']>[number];

/** Who may use the API. A token whose variable isn't set is left out: workers have no need of it, and nobody can use it. */
export function authSettings(
  config: ParsedConfig,
  env: ProcessEnv,
): { auth: AuthSettings; notices: string[] } {
  const { auth } = config;
  if (auth === undefined) return { auth: { mode: 'open' }, notices: [] };
  if (auth === 'none') return { auth: { mode: 'none' }, notices: [] };
  const known = environmentNames(config);
  const notices: string[] = [];
  const tokens = (auth.tokens ?? []).flatMap((token): TokenSettings[] => {
    const sha256 = tokenHash(token, env);
    if (sha256 !== undefined) return [tokenSettings(token, sha256, known)];
    notices.push(
      `The token "${token.name}" can't be used here: the environment variable ${token.token_env} is not set.`,
    );
    return [];
  });
  return {
    auth: { mode: 'tokens', tokens, oidc: (auth.oidc ?? []).map((issuer) => oidcSettings(issuer, known)) },
    notices,
  };
}

function tokenHash(token: ParsedToken, env: ProcessEnv): string | undefined {
  if (token.hash !== undefined) return token.hash.slice('sha256:'.length);
  const value = token.token_env === undefined ? undefined : env[token.token_env];
  return value ? createHash('sha256').update(value).digest('hex') : undefined;
}

function tokenSettings(token: ParsedToken, sha256: string, known: EnvironmentNames): TokenSettings {
  const everywhere = { role: token.role ?? 'operator', repos: [], environments: [] };
  return {
    name: token.name,
    sha256,
    kind: token.kind,
    teams: token.teams,
    aliases: token.aliases,
    grants: (token.grants ?? [everywhere]).map((grant) => grantOf(grant, known)),
    expiresAt: token.expires_at ?? null,
  };
}

function oidcSettings(issuer: ParsedIssuer, known: EnvironmentNames): OidcSettings {
  return {
    issuer: issuer.issuer,
    audience: issuer.audience,
    kind: issuer.kind,
    jwksUrl: issuer.jwks_url ?? null,
    idClaim: issuer.id_claim,
    teamsClaim: issuer.teams_claim,
    aliasClaims: issuer.alias_claims,
    grants: issuer.grants.map(({ team, ...grant }) => ({ team, grant: grantOf(grant, known) })),
  };
}

/** The name of the environment that an alias of the config stands for. */
type EnvironmentNames = ReadonlyMap<string, string>;

function environmentNames(config: ParsedConfig): EnvironmentNames {
  return new Map(
    config.environments.flatMap(({ name, aliases }) =>
      aliases.map((alias): [string, string] => [alias.toLowerCase(), environmentName(name)]),
    ),
  );
}

/** A grant with environments under their one name; globs stay as they are. */
function grantOf(grant: Grant, known: EnvironmentNames): Grant {
  const environments = grant.environments.map(
    (name) => known.get(name.toLowerCase()) ?? environmentName(name),
  );
  return { role: grant.role, repos: grant.repos, environments };
}
