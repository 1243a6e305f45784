import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join, posix } from 'node:path';
import { upwards } from './version.ts';

/** Above so many entries, a folder on the way to the stack shows only what the stack's sources name. */
const MANY_ENTRIES = 200;
/** Above so many copied files, what is below a stack's folder is linked instead. */
const MANY_FILES = 2000;
const NOT_COPIED = new Set(['.terraform', '.terragrunt-cache', '.git']);

/**
 * Makes a private view of a work tree in which a tool may write beside a stack's files: lock file, local state, whatever
 * a data source leaves. The own folders are real and hold copies; everything else is links into the work tree, which
 * itself is never written to. Relative module sources, `path.module` and `abspath` work as in a checkout, and the path is
 * the same for every commit. What was there before is replaced; links that still fit are left as they are.
 *
 * @param own folders (relative to the root) that get copies: the stack's own first, then its modules, since Terraform
 *   resolves a module's folder through links and would give `path.module` as an absolute path into the work tree
 * @param texts sources in which the names of linked folders stand; null when they can't be told
 * @returns absolute path of the stack's private folder
 */
export async function makePrivateTree(
  workTree: string,
  target: string,
  own: readonly string[],
  texts: readonly string[] | null,
): Promise<string> {
  const root = await realpath(workTree);
  const real = new Set(own.flatMap(upwards));
  const copied = new Set(own);
  const named = texts === null ? null : namesIn(texts);
  const budget = { files: MANY_FILES };
  const source = `${target}.source`;
  // Where it was made from is noted when it is whole: links into another work tree are made anew.
  const known = await readFile(source, 'utf8').catch(() => null);
  await rm(source, { force: true });
  if (known !== root) await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const path of [...real].sort()) {
    if (copied.has(path)) continue;
    await linkEntries(root, target, path, real, named);
  }
  for (const path of copied) await rm(join(target, path), { recursive: true, force: true });
  for (const path of copied) await copyFolder(root, target, path, real, budget);
  await writeFile(source, root);
  return join(target, own[0]!);
}

/** A folder on the way: real, its entries linked, but for those on the way themselves. */
async function linkEntries(
  root: string,
  target: string,
  path: string,
  real: ReadonlySet<string>,
  named: ReadonlySet<string> | null,
): Promise<void> {
  const folder = join(target, path);
  await mkdir(folder, { recursive: true });
  const names = await readdir(join(root, path));
  const shown =
    names.length <= MANY_ENTRIES || named === null ? names : names.filter((name) => named.has(name));
  const missing = new Set(shown.filter((name) => !real.has(posix.join(path, name))));
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const stays = entry.isSymbolicLink()
      ? missing.delete(entry.name)
      : entry.isDirectory() && real.has(posix.join(path, entry.name));
    if (!stays) await rm(join(folder, entry.name), { recursive: true, force: true });
  }
  await Promise.all([...missing].map((name) => symlink(join(root, path, name), join(folder, name))));
}

async function copyFolder(
  root: string,
  target: string,
  path: string,
  real: ReadonlySet<string>,
  budget: { files: number },
): Promise<void> {
  await mkdir(join(target, path), { recursive: true });
  const entries = await readdir(join(root, path), { withFileTypes: true });
  budget.files -= entries.length;
  const exhausted = budget.files < 0;
  for (const entry of entries) {
    const inner = posix.join(path, entry.name);
    const [from, to] = [join(root, inner), join(target, inner)];
    if (NOT_COPIED.has(entry.name)) {
      if (entry.name === '.git') await symlink(from, to);
    } else if (entry.isDirectory() && (!exhausted || real.has(inner))) {
      await copyFolder(root, target, inner, real, budget);
    } else if (entry.isFile() && !exhausted) {
      await copyWritable(from, to);
    } else {
      await linkUnlessThere(entry.isSymbolicLink() ? await realpath(from).catch(() => from) : from, to);
    }
  }
}

/** The work tree's files may be read-only; their copies must not be, for data sources that write archives over them. */
async function copyWritable(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const { mode } = await stat(to);
  if ((mode & constants.S_IWUSR) === 0) await chmod(to, mode | constants.S_IWUSR);
}

async function linkUnlessThere(from: string, to: string): Promise<void> {
  await symlink(from, to).catch(async (error: unknown) => {
    if (!(await stat(to).catch(() => undefined))) throw error;
  });
}

/** Every word of the sources that may name a file or folder; null when names are put together by expressions. */
function namesIn(texts: readonly string[]): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const text of texts) {
    if (/\.\.\/[^"\n]*\$\{/.test(text)) return null;
    for (const match of text.matchAll(/[\w.-]+/g)) names.add(match[0]);
  }
  return names;
}
