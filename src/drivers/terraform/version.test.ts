import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { OPENTOFU, TERRAFORM } from './flavour.ts';
import { stackVersion } from './version.ts';

describe('stackVersion', () => {
  let root = '';
  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each<[Record<string, string>, Partial<{ fromSettings: string; required: string }>, string | undefined]>([
    [{}, {}, undefined],
    [{}, { required: '~> 1.5' }, '~> 1.5'],
    [{ 'a/b/.terraform-version': 'v1.5.7\n' }, { required: '~> 1.4' }, '1.5.7'],
    [{ '.terraform-version': '1.5.7' }, {}, '1.5.7'],
    [{ '.terraform-version': '1.5.7', 'a/.terraform-version': '1.6.0 # pinned' }, {}, '1.6.0'],
    [{ '.terraform-version': 'min-required' }, { required: '>= 1.3' }, '>= 1.3'],
    [{ '.terraform-version': 'latest-allowed' }, { required: '~> 1.3' }, '~> 1.3'],
    [{ '.terraform-version': '\uFEFF# pinned\r\n\r\n1.5.7\r\n' }, {}, '1.5.7'],
    [{ '.terraform-version': '\n' }, { required: '>= 1.3' }, '>= 1.3'],
    [{ '.terraform-version': 'latest:^1\\.5' }, {}, 'latest:^1\\.5'],
    [{ '.tool-versions': 'nodejs 20\nterraform 1.7.1\n' }, { required: '>= 1.3' }, '1.7.1'],
    [{ '.terraform-version': '1.5.7' }, { fromSettings: '1.9.0' }, '1.9.0'],
  ])('of %j and %j is %s', async (files, sources, expected) => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-version-'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const all = { fromSettings: undefined, required: undefined, ...sources };
    expect(await stackVersion(root, 'a/b', TERRAFORM, all)).toBe(expected);
  });

  it('refuses a version file that says something else, instead of planning with any version', async () => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-version-'));
    await mkdir(join(root, 'a'));
    await writeFile(join(root, 'a', '.terraform-version'), 'one.five\n');
    const found = stackVersion(root, 'a/b', TERRAFORM, { fromSettings: undefined, required: '~> 1.4' });
    await expect(found).rejects.toMatchObject({
      code: 'config_invalid',
      message:
        'a/.terraform-version says "one.five", which is no version. Write one, such as 1.9.8, or "latest".',
    });
  });

  it('looks for OpenTofu’s own file first', async () => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-version-'));
    await writeFile(join(root, '.opentofu-version'), '1.9.0');
    await writeFile(join(root, '.terraform-version'), '1.5.7');
    expect(await stackVersion(root, '.', OPENTOFU, { fromSettings: undefined, required: undefined })).toBe(
      '1.9.0',
    );
  });
});
