import { CODEOWNERS_PATHS } from '../../domain/approvals/codeowners.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { ensureCommit, withMirror } from '../mirror.ts';
import { withFullHistory } from './full-history.ts';
import { repoGit } from './repo-git.ts';

const MAX_BYTES = 1024 * 1024;
const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]+) +(-|\d+)\t/;

/**
 * A file's text at a commit; undefined when there is none of that name, or when it is a folder, a link or a submodule.
 * @param at.commit a full SHA; `path` from the root, with `/`
 * @throws PlumblineError `file_too_large` (above 1 MiB), `commit_not_found`, and what networkGit throws
 */
export async function readFileAt(
  context: GitContext,
  source: Source,
  at: { commit: string; path: string },
  options: GitCallOptions,
): Promise<string | undefined> {
  return (await readFirst(context, source, { commit: at.commit, paths: [at.path] }, options))?.text;
}

/** The text of the CODEOWNERS file that counts at a commit, and its path; undefined when there is none. See readFileAt. */
export async function readCodeOwners(
  context: GitContext,
  source: Source,
  commit: string,
  options: GitCallOptions,
): Promise<{ path: string; text: string } | undefined> {
  return await readFirst(context, source, { commit, paths: CODEOWNERS_PATHS }, options);
}

/**
 * The same as it was before a commit, so that the commit does not choose its own owners: at its first parent, or at the
 * commit itself where it has none. See readFileAt.
 */
export async function readCodeOwnersBefore(
  context: GitContext,
  source: Source,
  commit: string,
  options: GitCallOptions,
): Promise<{ path: string; text: string } | undefined> {
  const parent = await withFullHistory(context, source, { commit, base: null }, options, async ({ git }) => {
    const args = ['rev-parse', '--verify', '--quiet', `${commit}^1`];
    const { exitCode, stdout } = await git(args, { answers: [0, 1, 128] });
    return exitCode === 0 ? stdout.trim() : commit;
  });
  return await readFirst(context, source, { commit: parent, paths: CODEOWNERS_PATHS }, options);
}

async function readFirst(
  context: GitContext,
  source: Source,
  at: { commit: string; paths: readonly string[] },
  options: GitCallOptions,
): Promise<{ path: string; text: string } | undefined> {
  return await withMirror(context, source, at.commit, options, async (mirror) => {
    const commit = await ensureCommit(context, source, mirror, at.commit, options);
    const git = repoGit(context, source.folder.mirror, { signal: options.signal });
    for (const path of at.paths) {
      if (path === '' || path.includes('\0') || path.endsWith('/')) continue;
      const { stdout } = await git(['ls-tree', '-z', '-l', '--full-tree', commit, '--', path]);
      const [, mode = '', , oid = '', size] = ENTRY.exec(stdout) ?? [];
      if (!mode.startsWith('100')) continue;
      if (Number(size) > MAX_BYTES) throw tooLarge(path, commit, Number(size));
      return { path, text: (await git(['cat-file', 'blob', oid])).stdout };
    }
    return undefined;
  });
}

function tooLarge(path: string, commit: string, sizeBytes: number): PlumblineError {
  return new PlumblineError(
    'file_too_large',
    `${path} of commit ${commit} has ${sizeBytes} bytes; at most ${MAX_BYTES} are read.`,
    { details: { path, commit, sizeBytes } },
  );
}
