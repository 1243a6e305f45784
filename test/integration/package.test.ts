import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let folder: string;
let program: string;

/**
 * Packs the package as `npm publish` does, and lays it out as `npm install --omit=dev` does. The dependencies are links to
 * those of the checkout, and only the production ones: a real installation takes minutes.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
  await run('tar', ['-xzf', join(folder, filename), '-C', folder]);
  const modules = join(folder, 'app', 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await cp(join(folder, 'package'), join(modules, 'plumbline'), { recursive: true });
  program = join(modules, '.bin', 'plumbline');
  await symlink('../plumbline/bin/plumbline', program);
  const manifest = JSON.parse(await readFile(join(modules, 'plumbline', 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(manifest.dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function plumbline(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
  return await run(program, args, { cwd: join(folder, 'app'), env });
}

describe('the installed package', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await plumbline('--version')).toEqual({ stdout: `${version}\n`, stderr: '' });
  });

  it('checks a config', async () => {
    await writeFile(
      join(folder, 'app', 'config.yaml'),
      'repos:\n  - {name: a, url: "https://example.com/a.git"}\n',
    );
    expect((await plumbline('config', 'validate')).stdout).toBe('config.yaml is valid: 1 repository.\n');
    await writeFile(join(folder, 'app', 'wrong.yaml'), 'repos: 1\n');
    await expect(plumbline('config', 'validate', '--config', 'wrong.yaml')).rejects.toMatchObject({
      code: 2,
    });
  });

  it('lists the programs that it would get, by its own recipes', async () => {
    const { stdout } = await plumbline('toolchain', '--format', 'json');
    expect(stdout).toContain('terraform');
    expect(await readdir(join(folder, 'package', 'tools'))).toEqual(
      expect.arrayContaining(['keys', 'temporal']),
    );
  });

  it('has what a server serves, and nothing of the tests', async () => {
    const has = await readdir(join(folder, 'package'), { recursive: true });
    expect(has).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'dist/web/index.html',
        'dist/workflow-bundle.js',
        'config.schema.json',
      ]),
    );
    expect(has.filter((path) => path.includes('.test.') || path.startsWith('dist/.build'))).toEqual([]);
  });
});
