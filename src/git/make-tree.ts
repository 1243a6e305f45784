import { existsSync } from 'node:fs';
import { copyFile, mkdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../util/errors.ts';
import { findEscapingLink } from './escaping-link.ts';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { findLfsPointers } from './lfs.ts';
import { localGit } from './local-git.ts';
import { ensureCommit, withMirror } from './mirror.ts';
import { listSubmodules, type Submodule } from './submodules.ts';
import { listTree, type TreeEntry } from './tree-listing.ts';

/** What is known of a tree that was made. */
export interface MadeTree {
  sizeBytes: number;
  /** For people: what is not as they may expect. */
  warnings: string[];
}

/** Submodules of submodules; deeper than that, somebody made a circle. */
const DEEPEST = 10;
const SHOWN_FILES = 5;

/**
 * Writes the files of a commit, and those of its submodules where the repo's settings ask for them, into an empty folder.
 * Nothing of the machine's configuration, no filter and no hook takes part. The folder is a repository of its own at that
 * commit without a remote, which borrows the mirror's objects: tools may ask for the root and for HEAD.
 * @throws PlumblineError `git_unsafe_tree` naming a link that leaves the folder, and what ensureCommit throws
 */
export async function makeTree(
  context: GitContext,
  source: Source,
  commit: string,
  folder: string,
  options: GitCallOptions,
): Promise<MadeTree> {
  const made: MadeTree & { links: Map<string, string> } = { sizeBytes: 0, warnings: [], links: new Map() };
  const add = async (from: Source, sha: string, path: string, depth: number): Promise<void> => {
    const target = join(folder, path);
    const entries = await writeFiles(context, from, sha, target, options);
    for (const entry of entries) made.sizeBytes += entry.sizeBytes;
    await readLinks(target, path, entries, made.links);
    made.warnings.push(...lfsWarnings(path, await findLfsPointers(target, entries)));
    const { submodules, warnings } = await wantedSubmodules(context, from, target, sha, entries);
    made.warnings.push(...warnings);
    // A submodule is files to us: without a repository of its own it depends on no other mirror.
    if (depth > 0) await rm(join(target, '.git'), { recursive: true, force: true });
    if (submodules.length > 0 && depth === DEEPEST) {
      throw new PlumblineError(
        'git_unsafe_tree',
        `Submodules are nested deeper than ${DEEPEST} levels at ${path}.`,
      );
    }
    for (const submodule of submodules) {
      options.onProgress?.(`Fetching submodule ${submodule.path}`);
      await add(submodule.source, submodule.commit, join(path, submodule.path), depth + 1);
    }
  };
  await add(source, commit, '', 0);
  const escaping = findEscapingLink(made.links);
  if (escaping) {
    throw new PlumblineError(
      'git_unsafe_tree',
      `Commit ${commit} of ${source.repo.name} is refused: the link ${escaping.path} -> ${escaping.target} leads out of the repository.`,
      { details: { link: escaping.path, commit } },
    );
  }
  return { sizeBytes: made.sizeBytes, warnings: made.warnings };
}

/** Has the mirror to itself meanwhile, so that nothing is cleaned away under it. */
async function writeFiles(
  context: GitContext,
  source: Source,
  sha: string,
  folder: string,
  options: GitCallOptions,
): Promise<TreeEntry[]> {
  return await withMirror(context, source, sha, options, async (mirror) => {
    const commit = await ensureCommit(context, source, mirror, sha, options);
    await mkdir(folder, { recursive: true });
    const git = localGit(context, folder, options.signal);
    const format = commit.length === 64 ? 'sha256' : 'sha1';
    await git(['init', '--quiet', '--template=', '--initial-branch=main', `--object-format=${format}`]);
    await writeFile(
      join(folder, '.git', 'objects', 'info', 'alternates'),
      `${join(source.folder.mirror, 'objects')}\n`,
    );
    const shallow = join(source.folder.mirror, 'shallow');
    if (existsSync(shallow)) await copyFile(shallow, join(folder, '.git', 'shallow'));
    // The change of rights below must not make Git read every file again.
    await git(['config', 'core.trustctime', 'false']);
    await git(['checkout', '--quiet', '--force', '--detach', commit]);
    return await listTree(git, commit);
  });
}

async function readLinks(
  target: string,
  path: string,
  entries: readonly TreeEntry[],
  links: Map<string, string>,
): Promise<void> {
  for (const entry of entries) {
    if (entry.kind === 'link') links.set(join(path, entry.path), await readlink(join(target, entry.path)));
  }
}

async function wantedSubmodules(
  context: GitContext,
  source: Source,
  folder: string,
  commit: string,
  entries: readonly TreeEntry[],
): Promise<{ submodules: Submodule[]; warnings: string[] }> {
  const paths = entries.filter(({ kind }) => kind === 'submodule').map(({ path }) => path);
  if (paths.length === 0) return { submodules: [], warnings: [] };
  if (source.repo.submodules)
    return await listSubmodules(context, source, localGit(context, folder), commit, entries);
  const warning = `Submodules are not fetched, their folders are empty: ${some(paths)}. Set "submodules: true" to fetch them.`;
  return { submodules: [], warnings: [warning] };
}

function lfsWarnings(path: string, pointers: readonly string[]): string[] {
  if (pointers.length === 0) return [];
  const shown = some(pointers.map((pointer) => join(path, pointer)));
  return [`Git LFS files are not fetched, only their pointers are there: ${shown}.`];
}

function some(paths: readonly string[]): string {
  const rest = paths.length > SHOWN_FILES ? ` and ${paths.length - SHOWN_FILES} more` : '';
  return `${paths.slice(0, SHOWN_FILES).join(', ')}${rest}`;
}
