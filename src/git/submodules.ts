import { PlumblineError, errorCode } from '../util/errors.ts';
import type { GitContext, Source } from './git-context.ts';
import type { LocalGit } from './local-git.ts';
import { parseRepoUrl, resolveSubmoduleUrl } from './repo-url.ts';
import { sourceFolder } from './source-folder.ts';
import type { TreeEntry } from './tree-listing.ts';

/** A submodule of a commit, and where it comes from. */
export interface Submodule {
  path: string;
  commit: string;
  source: Source;
}

/**
 * The submodules of a commit, their URLs checked by the rules of all repository URLs. Only `path` and `url` of .gitmodules
 * count; what else stands there (commands, branches) is not read.
 * @throws PlumblineError `git_url_refused`, `git_unsafe_tree` (a path that starts with `-`)
 */
export async function listSubmodules(
  context: GitContext,
  parent: Source,
  git: LocalGit,
  commit: string,
  entries: readonly TreeEntry[],
): Promise<{ submodules: Submodule[]; warnings: string[] }> {
  const links = entries.filter(({ kind }) => kind === 'submodule');
  if (links.length === 0) return { submodules: [], warnings: [] };
  const urls = await readGitmodules(git, commit);
  const submodules: Submodule[] = [];
  const warnings: string[] = [];
  for (const { path, oid } of links) {
    if (/(?:^|\/)-/.test(path)) {
      throw new PlumblineError(
        'git_unsafe_tree',
        `The submodule path ${JSON.stringify(path)} is refused: it starts with "-".`,
      );
    }
    const url = urls.get(path);
    if (url === undefined) {
      warnings.push(`The submodule ${path} has no URL in .gitmodules: its folder is empty.`);
      continue;
    }
    const remote = parseRepoUrl(resolveSubmoduleUrl(parent.remote, url), context);
    const folder = sourceFolder(context.rootDir, parent.repo.name, remote.url);
    submodules.push({ path, commit: oid, source: { repo: parent.repo, remote, folder } });
  }
  return { submodules, warnings };
}

/** URL by path. */
async function readGitmodules(git: LocalGit, commit: string): Promise<Map<string, string>> {
  const byName = new Map<string, { path?: string; url?: string }>();
  for (const [key, value] of await readPairs(git, commit)) {
    const match = /^submodule\.(.+)\.(path|url)$/s.exec(key);
    if (!match) continue;
    const known = byName.get(match[1]!) ?? {};
    known[match[2] as 'path' | 'url'] = value;
    byName.set(match[1]!, known);
  }
  const urls = new Map<string, string>();
  for (const { path, url } of byName.values()) {
    if (path !== undefined && url !== undefined) urls.set(path.replace(/\/+$/, ''), url);
  }
  return urls;
}

async function readPairs(git: LocalGit, commit: string): Promise<[string, string][]> {
  let output: string;
  try {
    output = await git(['config', '--blob', `${commit}:.gitmodules`, '--null', '--list']);
  } catch (error) {
    if (errorCode(error) === 'cancelled') throw error;
    return [];
  }
  return output.split('\0').map((pair) => {
    const end = pair.indexOf('\n');
    return end < 0 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)];
  });
}
