import { cp, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateTree } from './private-tree.ts';

describe('makePrivateTree', () => {
  let root: string;
  let workTree: string;
  let target: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-tree-'));
    workTree = join(root, 'work-tree');
    target = join(root, 'tree');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const write = async (...paths: string[]) => {
    for (const path of paths) {
      await mkdir(dirname(join(workTree, path)), { recursive: true });
      await writeFile(join(workTree, path), path, { mode: 0o444 });
    }
  };
  const isLink = async (path: string) => (await lstat(join(target, path))).isSymbolicLink();

  it('copies what is the stack’s own, and links the rest', async () => {
    await write(
      'envs/prod/main.tf',
      'envs/prod/sub/x.tpl',
      'envs/dev/main.tf',
      'modules/m/main.tf',
      'shared/a.txt',
    );
    const folder = await makePrivateTree(workTree, target, ['envs/prod', 'modules/m'], []);
    expect(folder).toBe(join(target, 'envs/prod'));
    await writeFile(join(folder, 'main.tf'), 'changed');
    await writeFile(join(folder, 'sub/x.tpl'), 'changed');
    expect(await readFile(join(workTree, 'envs/prod/main.tf'), 'utf8')).toBe('envs/prod/main.tf');
    expect(await isLink('modules/m')).toBe(false);
    expect(await isLink('envs/dev')).toBe(true);
    expect(await readFile(join(folder, '../../shared/a.txt'), 'utf8')).toBe('shared/a.txt');
  });

  it('leaves tool data behind, keeps links, and replaces what was there', async () => {
    await write('a/main.tf', 'a/.terraform/x', 'common/v.tf');
    await symlink('../common/v.tf', join(workTree, 'a/v.tf'));
    await makePrivateTree(workTree, target, ['a'], []);
    await writeFile(join(target, 'a/old.tf'), '');
    await makePrivateTree(workTree, target, ['a'], []);
    expect(await readFile(join(target, 'a/v.tf'), 'utf8')).toBe('common/v.tf');
    expect(await readlink(join(target, 'a/v.tf'))).toContain('common/v.tf');
    await expect(lstat(join(target, 'a/old.tf'))).rejects.toThrow('ENOENT');
    await expect(lstat(join(target, 'a/.terraform'))).rejects.toThrow('ENOENT');
  });

  it('links only the siblings that the sources name when there are very many', async () => {
    await write(...Array.from({ length: 300 }, (_, index) => `s/s${index}/main.tf`));
    await makePrivateTree(workTree, target, ['s/s0'], ['x = file("../s7/main.tf")']);
    expect(await isLink('s/s7')).toBe(true);
    await expect(lstat(join(target, 's/s8'))).rejects.toThrow('ENOENT');
    await makePrivateTree(workTree, target, ['s/s0'], ['x = file("../${var.a}/main.tf")']);
    expect(await isLink('s/s8')).toBe(true);
  });

  it('puts right what a tool has made of the links, and follows the work tree', async () => {
    await write('s/a/main.tf', 's/b/main.tf', 's/c/main.tf');
    await makePrivateTree(workTree, target, ['s/a'], []);
    await rm(join(target, 's/b'));
    await writeFile(join(target, 's/b'), 'a tool was here');
    await writeFile(join(target, 's/left-over'), '');
    await rm(join(workTree, 's/c'), { recursive: true });
    await makePrivateTree(workTree, target, ['s/a'], []);
    expect(await isLink('s/b')).toBe(true);
    await expect(lstat(join(target, 's/left-over'))).rejects.toThrow('ENOENT');
    await expect(lstat(join(target, 's/c'))).rejects.toThrow('ENOENT');

    const other = join(root, 'other');
    await cp(workTree, other, { recursive: true });
    await makePrivateTree(other, target, ['s/a'], []);
    expect(await readlink(join(target, 's/b'))).toBe(join(other, 's/b'));
  });

  it('copies a folder that was linked before, and the other way round', async () => {
    await write('s/a/main.tf', 's/b/main.tf');
    await makePrivateTree(workTree, target, ['s/a'], []);
    await makePrivateTree(workTree, target, ['s/a', 's/b'], []);
    expect(await isLink('s/b')).toBe(false);
    await makePrivateTree(workTree, target, ['s/a'], []);
    expect(await isLink('s/b')).toBe(true);
  });
});
