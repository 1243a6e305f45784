import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/plumbline', import.meta.url));
let root: string;

/** An installed package: the launcher and dist/, and no sources. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline launcher-'));
  await mkdir(join(root, 'bin'));
  await cp(LAUNCHER, join(root, 'bin', 'plumbline'));
  await main('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function main(code: string): Promise<void> {
  await mkdir(join(root, 'dist', 'cli'), { recursive: true });
  await writeFile(join(root, 'dist', 'package.json'), '{"type":"module"}');
  await writeFile(join(root, 'dist', 'cli', 'main.js'), code);
}

function launch(args: string[], options: { program?: string; path?: string } = {}) {
  const path = options.path ?? `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const child = spawn(options.program ?? join(root, 'bin', 'plumbline'), args, {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>(
    (resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    },
  );
  return { child, ended };
}

describe('bin/plumbline of an installed package', () => {
  it('passes arguments and the exit code through, and says nothing of its own', async () => {
    const args = ['scan', 'a b', '$HOME', '--', '*'];
    expect(await launch(args).ended).toMatchObject({
      code: 3,
      stdout: `${JSON.stringify(args)}\n`,
      stderr: '',
    });
  });

  it('works through symbolic links, as npm makes them', async () => {
    await symlink('bin/plumbline', join(root, 'relative'));
    await symlink(join(root, 'relative'), join(root, 'absolute'));
    expect(await launch(['x'], { program: join(root, 'absolute') }).ended).toMatchObject({
      code: 3,
      stdout: '["x"]\n',
    });
  });

  it('is the program itself: a signal reaches it directly', async () => {
    await main(
      "process.on('SIGTERM', () => process.exit(42)); console.log('up'); setInterval(() => {}, 1000);",
    );
    const { child, ended } = launch([]);
    child.stdout.once('data', () => child.kill('SIGTERM'));
    expect(await ended).toMatchObject({ code: 42, signal: null });
  });

  it('refuses a Node.js that is too old, and says which is needed', async () => {
    const old = join(root, 'old');
    await mkdir(old);
    await writeFile(join(old, 'node'), '#!/bin/sh\necho v20.20.2\n');
    await chmod(join(old, 'node'), 0o755);
    const result = await launch([], { path: `${old}:/usr/bin:/bin` }).ended;
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('22.19');
    expect(result.stderr).toContain('v20.20.2');
  });

  it('says so when the installation is not complete', async () => {
    await rm(join(root, 'dist'), { recursive: true });
    const result = await launch([]).ended;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('dist/cli/main.js is missing');
  });
});
