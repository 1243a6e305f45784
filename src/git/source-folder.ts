import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { entryName, isRepoName } from '../domain/repo-name.ts';
import { PlumblineError } from '../util/errors.ts';

/** Where things of one remote repository lie. All paths are absolute. */
export interface SourceFolder {
  path: string;
  /** Bare; holds the commits that were asked for. */
  mirror: string;
  /** Bare; holds the graph of commits without their files, made when an abbreviated commit has to be looked up. */
  history: string;
  /** Bare; commits and folders with their whole history, made when it is asked who changed what. */
  lines: string;
  trees: string;
  /** Unfinished work trees. */
  unfinished: string;
  /** One empty file per commit or work tree: its time of change is the last use. */
  seen: string;
  locks: string;
}

/**
 * The folder of a remote inside a repo's folder. The URL's hash is part of it, so that a repo whose URL is changed in
 * the config never serves commits of the old one. Branches of one entry of `repos[]` share what was fetched.
 * @throws PlumblineError `config_invalid` for a name that is no folder's name
 */
export function sourceFolder(rootDir: string, repo: string, url: string): SourceFolder {
  if (!isRepoName(repo)) {
    throw new PlumblineError('config_invalid', `${JSON.stringify(repo)} can't be the name of a repository.`);
  }
  const hash = createHash('sha256').update(url).digest('hex').slice(0, 16);
  return sourceFolderAt(join(rootDir, entryName(repo), hash));
}

/** The same for a folder that is already there. */
export function sourceFolderAt(path: string): SourceFolder {
  return {
    path,
    mirror: join(path, 'mirror.git'),
    history: join(path, 'history.git'),
    lines: join(path, 'lines.git'),
    trees: join(path, 'trees'),
    unfinished: join(path, 'unfinished'),
    seen: join(path, 'seen'),
    locks: join(path, 'locks'),
  };
}

/** Held by whoever changes the mirror or reads from it what nothing protects yet. */
export function mirrorLock(folder: SourceFolder): string {
  return join(folder.locks, 'mirror.lock');
}

/** Held while one work tree is made. */
export function makeLock(folder: SourceFolder, tree: string): string {
  return join(folder.locks, `${tree}.make`);
}

/** Shared by those who use a work tree, held alone by who removes it. */
export function useLock(folder: SourceFolder, tree: string): string {
  return join(folder.locks, `${tree}.use`);
}
