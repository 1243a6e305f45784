import { z } from 'zod';
import { localPath, text } from './leaf.ts';

/** `approvals`. */
export const approvalsSchema = z
  .strictObject({
    allow_unsigned_signals: z
      .boolean()
      .optional()
      .describe(
        'Take decisions that nobody signed, as they are typed into the `temporal` CLI; all of them together count for one person. Default: true in `up` with its embedded server, else false.',
      ),
  })
  .prefault({})
  .describe(
    'Decisions of people, for all environments. What each needs stands under `environments[].policy.approvals`.',
  );

/** `commits`. */
export const commitsSchema = z
  .strictObject({
    author_name: text
      .default('Plumbline')
      .describe('Who commits; a rollback that a person asked for names them as author.'),
    author_email: z
      .string()
      .regex(/^[^\s@<>]+@[^\s@<>]+$/, { error: 'must be an email address' })
      .default('plumbline@localhost')
      .describe('Its email address.'),
    signing: z
      .strictObject({
        format: z.enum(['ssh', 'gpg']).describe('Kind of the key.'),
        key: text.describe(
          '`ssh`: path of the private key. `gpg`: ID of a key in the keyring of the process.',
        ),
      })
      .optional()
      .describe('Sign with this key. Without it: commits are not signed.'),
    allowed_signers: localPath
      .optional()
      .describe(
        "File in Git's allowed-signers form whose keys `require_signed_commits` takes. Default: what the machine's Git trusts.",
      ),
  })
  .prefault({})
  .describe("Plumbline's own commits (rollbacks), and whose signatures count.");
