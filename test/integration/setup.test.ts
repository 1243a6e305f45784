import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SETUP = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));
let root: string;

/** A project of one dependency, which lies beside it: the real npm installs it without any network. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-setup-'));
  await mkdir(join(root, 'scripts'));
  await cp(SETUP, join(root, 'scripts', 'setup.mjs'));
  await mkdir(join(root, 'vendor'));
  await writeFile(
    join(root, 'vendor', 'package.json'),
    JSON.stringify({ name: 'node', version: '1.0.0', bin: { node: 'node.sh' } }),
  );
  await writeFile(join(root, 'vendor', 'node.sh'), `#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  await chmod(join(root, 'vendor', 'node.sh'), 0o755);
  const dependencies = { node: 'file:vendor' };
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', dependencies }),
  );
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({
      name: 'project',
      version: '1.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'project', version: '1.0.0', dependencies },
        'node_modules/node': { resolved: 'vendor', link: true },
        vendor: { name: 'node', version: '1.0.0', bin: { node: 'node.sh' } },
      },
    }),
  );
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function setUp(env: Record<string, string> = {}): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [join(root, 'scripts', 'setup.mjs')], {
    env: { ...process.env, npm_config_offline: 'true', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stderr };
}

describe('scripts/setup.mjs', () => {
  it('installs what is missing, and says nothing when all is fresh', async () => {
    const first = await setUp();
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toContain('installing dependencies');
    expect(await setUp()).toEqual({ code: 0, stderr: '' });
  });

  it('installs again when the lock file has changed', async () => {
    await setUp();
    const lock = join(root, 'package-lock.json');
    const changed = JSON.parse(await readFile(lock, 'utf8')) as {
      packages: Record<string, { version?: string }>;
    };
    changed.packages['vendor'] = { ...changed.packages['vendor'], version: '1.0.1' };
    await writeFile(lock, JSON.stringify(changed));
    await writeFile(
      join(root, 'vendor', 'package.json'),
      JSON.stringify({ name: 'node', version: '1.0.1', bin: { node: 'node.sh' } }),
    );
    const again = await setUp();
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('dependencies have changed');
  });

  it('takes over what somebody has installed by hand', async () => {
    await setUp();
    await rm(join(root, 'node_modules', '.plumbline-setup'));
    expect(await setUp()).toEqual({ code: 0, stderr: '' });
    expect(await setUp()).toEqual({ code: 0, stderr: '' });
  });

  it('installs once when two set up at once', async () => {
    const both = await Promise.all([setUp(), setUp()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes('installing dependencies'))).toHaveLength(1);
  });

  it('takes the lock over from a process that died', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('close', resolve));
    const lock = join(root, '.plumbline', 'setup.lock');
    await mkdir(dirname(lock));
    await writeFile(lock, String(dead.pid));
    await utimes(lock, 0, 0);
    expect(await setUp()).toMatchObject({ code: 0 });
  });

  it('says what to do when npm is missing', async () => {
    const bare = join(root, 'bin');
    await mkdir(bare);
    const result = await setUp({ PATH: [bare].join(delimiter) });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('npm was not found');
    expect(result.stderr).toContain('Install Node.js');
  });

  it('says what to do when npm fails', async () => {
    await writeFile(join(root, 'package.json'), '{ broken');
    const result = await setUp();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('npm run setup');
  });
});
