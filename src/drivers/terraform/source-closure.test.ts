import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TERRAFORM } from './flavour.ts';
import { closurePaths, readClosure } from './source-closure.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-closure-'));
  await write(
    'envs/prod/main.tf',
    'module "m" {\n  source = "../../modules/m"\n}\nlocals {\n  x = file("../../shared/x")\n}\n',
  );
  await write('modules/m/main.tf', 'locals {\n  y = fileset("${path.module}/../../policies", "*")\n}\n');
  for (const path of [
    'shared/x',
    'policies/a/b.json',
    'linked/t.tpl',
    'envs/prod/.hooks/run.sh',
    'other/z',
  ]) {
    await write(path, 'before');
  }
  await symlink('../../linked', join(root, 'envs/prod/templates'));
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

const hashes = async () => (await readClosure(root, 'envs/prod', TERRAFORM)).hashes;

describe('readClosure', () => {
  it.each(['shared/x', 'policies/a/b.json', 'linked/t.tpl', 'envs/prod/.hooks/run.sh'])(
    'has another hash when this is another: %s',
    async (path) => {
      const before = await hashes();
      await write(path, 'after');
      expect(await hashes()).not.toEqual(before);
    },
  );

  it('has the same hashes when something else is another', async () => {
    const before = await hashes();
    await write('other/z', 'after');
    await write('envs/prod/.terraform/x', 'after');
    expect(await hashes()).toEqual(before);
  });

  it('ends where links go round, and leaves out what is not in the repository', async () => {
    await symlink('..', join(root, 'linked/up'));
    await symlink('/etc', join(root, 'policies/away'));
    await write('envs/prod/more.tf', 'locals {\n  z = file("../../../../etc/hosts")\n}\n');
    const paths = await closurePaths(root, 'envs/prod', TERRAFORM);
    expect(paths.sort()).toEqual(['.', 'linked', 'modules/m', 'policies', 'shared/x']);
  });
});

describe('closurePaths', () => {
  it('names modules, what texts name and what links lead to', async () => {
    const paths = await closurePaths(root, 'envs/prod', TERRAFORM);
    expect(paths.sort()).toEqual(['linked', 'modules/m', 'policies', 'shared/x']);
  });

  it('is the whole repository where an expression decides', async () => {
    await write('envs/prod/more.tf', 'locals {\n  z = file(var.z)\n}\n');
    expect(await closurePaths(root, 'envs/prod', TERRAFORM)).toContain('.');
  });
});
