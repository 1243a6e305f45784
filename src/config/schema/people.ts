import { z } from 'zod';
import { ROLES } from '../../domain/person.ts';
import { envName, isoMoment, plainHttpUrl, text } from './leaf.ts';

const role = z.enum(ROLES);
const alias = text.transform((value) => value.toLowerCase());

const grantKeys = {
  role: role.describe(
    '`viewer` reads, `operator` also scans, syncs and rolls back, `approver` also decides, `admin` may do all.',
  ),
  repos: z.array(text).default([]).describe('Globs over repository names. Without it: all.'),
  environments: z
    .array(text)
    .default([])
    .describe('Globs over environment names. Without it: all, and stacks of none.'),
};

const tokenSchema = z.strictObject({
  name: text.describe('Who holds the token; stands in the records of what was done with it.'),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be sha256: and 64 lower-case hex digits' })
    .optional()
    .describe('SHA-256 of the token. Either this or `token_env`.'),
  token_env: envName
    .optional()
    .describe('Environment variable with the token itself; it is hashed when it is read.'),
  kind: z
    .enum(['person', 'machine'])
    .default('person')
    .describe('Machines never decide on a plan, whatever their role.'),
  role: role
    .optional()
    .describe(
      'What the token may do, everywhere. Default: `operator`, who may do everything but decide on plans.',
    ),
  grants: z
    .array(z.strictObject(grantKeys))
    .min(1, { error: 'must list at least one grant' })
    .optional()
    .describe('What the token may do where, instead of `role`.'),
  teams: z.array(text).default([]).describe('Teams of the person.'),
  aliases: z
    .array(alias)
    .default([])
    .describe(
      'Other names of the person: the email addresses and logins of their commits, so that nobody approves their own.',
    ),
  expires_at: isoMoment.optional().describe('When the token ends: a day (UTC) or a moment.'),
});

const oidcSchema = z.strictObject({
  issuer: plainHttpUrl.describe('Who issues the tokens, exactly as their `iss` says.'),
  audience: text.describe('What their `aud` must be.'),
  kind: z
    .enum(['person', 'machine'])
    .default('person')
    .describe('What its tokens stand for. Machines never decide on a plan.'),
  jwks_url: plainHttpUrl
    .optional()
    .describe('Where the keys are. Without it the issuer is asked (`/.well-known/openid-configuration`).'),
  id_claim: text.default('email').describe("Claim with the person's ID."),
  teams_claim: text.default('groups').describe('Claim with the list of their teams.'),
  alias_claims: z
    .array(text)
    .default(['preferred_username'])
    .describe(
      'Claims with other names of the person, under which their commits appear. They only keep people from deciding; no right comes from them.',
    ),
  grants: z
    .array(
      z.strictObject({
        team: text.describe('Team, as the claim names it; `*` is everybody with a valid token.'),
        ...grantKeys,
      }),
    )
    .min(1, { error: 'must list at least one grant' })
    .describe('What the members of a team may do where. A person has all grants of all their teams.'),
});

/** `auth`. */
export const authSchema = z
  .union(
    [
      z.literal('none'),
      z.strictObject({
        tokens: z
          .array(tokenSchema)
          .min(1, { error: 'must list at least one token' })
          .optional()
          .describe(
            'Bearer tokens. Two of one name are one person, so that a token can be replaced without a gap.',
          ),
        oidc: z
          .array(oidcSchema)
          .min(1, { error: 'must list at least one issuer' })
          .optional()
          .describe('Identity providers whose JSON Web Tokens are taken as bearer tokens.'),
      }),
    ],
    { error: 'must be none, or a section with tokens' },
  )
  .optional()
  .describe(
    'Who may use the API. Without it reading is open, and what changes something is refused from other machines. `none` opens everything to everyone.',
  );
