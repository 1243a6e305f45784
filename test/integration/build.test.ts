import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['scripts/build.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const BUNDLE = `import { writeFileSync } from 'node:fs';
export const bundleWorkflows = (path: string): void => writeFileSync(path, '');
`;
const run = promisify(execFile);
let root: string;

/** A project that is laid out as this one is, and built by its compilers. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-build-'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const path of COPIED) await cp(join(ROOT, path), join(root, path));
  await write('package.json', '{"type": "module"}');
  await write('src/workers/bundle.ts', BUNDLE);
  await write('web/index.html', '<p>here</p>');
  await write('web/vite.config.ts', "export default { root: 'web', build: { outDir: '../dist/web' } };");
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
const build = () => run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
const built = async () => (await readdir(join(root, 'dist'), { recursive: true })).toSorted();

describe('scripts/build.mjs', () => {
  it('leaves nothing of sources that are gone, and all the rest, also when two build at once', async () => {
    await build();
    const before = await built();
    expect(before).toEqual(
      expect.arrayContaining(['web/index.html', 'workers/bundle.js', 'workflow-bundle.js']),
    );
    await write('src/workers/one.ts', 'export const one = 1;\n');
    await write('src/other/two.ts', 'export const two = 2;\n');
    await write('src/other/two.test.ts', 'export const three = 3;\n');
    await build();
    const added = ['other', 'other/two.js', 'other/two.js.map', 'workers/one.js', 'workers/one.js.map'];
    expect(await built()).toEqual([...before, ...added].toSorted());
    await rm(join(root, 'src/workers/one.ts'));
    await rm(join(root, 'src/other'), { recursive: true });
    await Promise.all([build(), build()]);
    expect(await built()).toEqual(before);
  });
});
