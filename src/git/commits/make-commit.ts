import { access, constants } from 'node:fs/promises';
import type { CommitSettings } from '../../domain/settings.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { GitConfigPairs } from '../git-environment.ts';
import type { CommitPerson } from './people.ts';
import type { RepoGit } from './repo-git.ts';

/** Configuration under which commits are signed as the settings want it. Nothing of it is a secret. */
export function signingConfig({ signing }: CommitSettings): GitConfigPairs {
  if (signing === null) return [];
  return [
    ['gpg.format', signing.format === 'ssh' ? 'ssh' : 'openpgp'],
    ['gpg.program', 'gpg'],
    ['gpg.ssh.program', 'ssh-keygen'],
    ['user.signingKey', signing.key],
  ];
}

/**
 * Makes a commit without a branch and gives its name. Nothing in a name, email or message can end its line in the commit's head.
 * @param git with signingConfig
 * @throws PlumblineError `secret_missing` when the SSH key can't be read, `commit_sign_failed`, `git_failed`
 */
export async function makeCommit(
  git: RepoGit,
  wanted: { tree: string; parent: string | null; message: string; author: CommitPerson },
  settings: CommitSettings,
): Promise<string> {
  const { signing } = settings;
  if (signing?.format === 'ssh') await mustRead(signing.key);
  const author = oneLine(wanted.author.name) || oneLine(wanted.author.email) || 'Unknown';
  const committer = oneLine(settings.authorName) || 'Plumbline';
  const call = {
    input: `${cleanMessage(wanted.message)}\n`,
    env: {
      GIT_AUTHOR_NAME: author,
      GIT_AUTHOR_EMAIL: oneLine(wanted.author.email),
      GIT_COMMITTER_NAME: committer,
      GIT_COMMITTER_EMAIL: oneLine(settings.authorEmail),
    },
  };
  const args = [
    'commit-tree',
    ...(signing === null ? [] : ['-S']),
    ...(wanted.parent === null ? [] : ['-p', wanted.parent]),
    '-F',
    '-',
    wanted.tree,
  ];
  try {
    return (await git(args, call)).stdout.trim();
  } catch (error) {
    if (signing === null || !(error instanceof PlumblineError) || error.code !== 'git_failed') throw error;
    throw new PlumblineError(
      'commit_sign_failed',
      `The commit can't be signed with the ${signing.format} key ${signing.key}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Without what has a meaning in a commit's head: line ends, angle brackets, control characters. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f<>\s]+/g, ' ').trim();
}

function cleanMessage(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const clean = text.replaceAll(/\r\n?/g, '\n').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
  return clean.trim() || 'Restore an earlier commit';
}

async function mustRead(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new PlumblineError(
      'secret_missing',
      `The file ${path} can't be read. It must hold the SSH key that signs Plumbline's commits.`,
      { cause, details: { path } },
    );
  }
}
