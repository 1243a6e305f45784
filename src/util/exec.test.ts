import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from './errors.ts';
import { exec, type ExecOptions } from './exec.ts';
import { groupIsAlive } from './process-group.ts';

const env = { PATH: process.env['PATH'] ?? '' };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-exec-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function sh(script: string, options: Partial<ExecOptions> = {}) {
  return exec('sh', ['-c', script], { cwd: folder, env, ...options });
}

async function failureOf(run: Promise<unknown>): Promise<PlumblineError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PlumblineError) return error;
  throw new Error(`expected a PlumblineError, got ${String(error)}`);
}

/** Runs something that says when it is up, and stops it then. */
function stopWhenUp(script: string, options: Partial<ExecOptions> = {}) {
  const controller = new AbortController();
  const groups: number[] = [];
  const run = sh(script, {
    signal: controller.signal,
    graceMs: 300,
    onLine: (line) => {
      if (line === 'up') controller.abort();
    },
    onProcess: ({ pgid }) => groups.push(pgid),
    ...options,
  });
  return { run, groups };
}

describe('exec', () => {
  it('gives both streams and the exit code', async () => {
    const result = await sh('echo out; echo err >&2; exit 3', { reject: false });
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n', truncated: false });
  });

  it('passes arguments on as they are, and nothing but the environment given', async () => {
    const tricky = ['$HOME', '"; echo hi', '*', ''];
    const result = await exec('sh', ['-c', 'printf "%s|" "$@"; env', 'sh', ...tricky], {
      cwd: folder,
      env: { ...env, ONLY: '1' },
    });
    expect(result.stdout.startsWith('$HOME|"; echo hi|*||')).toBe(true);
    expect(result.stdout).toContain('ONLY=1');
    expect(result.stdout).not.toMatch(/^(HOME|NODE_ENV|VITEST)=/m);
  });

  it('writes the input to stdin, and closes it when there is none', async () => {
    expect((await exec('cat', [], { cwd: folder, env, input: 'some\ntext' })).stdout).toBe('some\ntext');
    expect((await exec('cat', [], { cwd: folder, env })).stdout).toBe('');
  });

  it('tells a missing program, one that can’t be executed and a missing folder apart', async () => {
    const plain = join(folder, 'plain');
    await writeFile(plain, 'text');
    await chmod(plain, 0o644);
    expect(await failureOf(exec('no-such-program', [], { cwd: folder, env }))).toMatchObject({
      code: 'exec_not_found',
    });
    expect(await failureOf(exec(plain, [], { cwd: folder, env }))).toMatchObject({ code: 'exec_not_found' });
    expect(await failureOf(exec('sh', [], { cwd: join(folder, 'none'), env }))).toMatchObject({
      code: 'exec_failed',
    });
  });

  it('fails with the exit code and the end of stderr, redacted', async () => {
    const error = await failureOf(
      sh('echo "token is hunter2-hunter2" >&2; exit 7', {
        redact: (text) => text.replaceAll('hunter2-hunter2', '***'),
      }),
    );
    expect(error).toMatchObject({ code: 'exec_failed', details: { exitCode: 7, stderr: 'token is ***' } });
    expect(error.message).toContain('token is ***');
  });

  it('says which signal ended a program that nobody stopped', async () => {
    const error = await failureOf(sh('kill -TERM $$'));
    expect(error).toMatchObject({ code: 'exec_failed', details: { exitCode: 143 } });
    expect(error.message).toContain('SIGTERM');
  });

  it('hands on lines, redacted, whatever the chunks', async () => {
    const lines: string[] = [];
    await sh('printf "one\\ntw"; printf "o secret\\r\\nlast"; echo err >&2', {
      onLine: (line, stream) => lines.push(`${stream}:${line}`),
      redact: (text) => text.replaceAll('secret', '***'),
    });
    expect(lines.toSorted()).toEqual(['stderr:err', 'stdout:last', 'stdout:one', 'stdout:two ***']);
  });

  it('keeps the head and the tail of long output', async () => {
    const result = await sh('i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done', {
      maxOutputBytes: 2000,
    });
    expect(result.truncated).toBe(true);
    expect(result.stdout).toMatch(/^line 0\nline 1\n/);
    expect(result.stdout).toMatch(/\n… \d+ bytes left out …\n/);
    expect(result.stdout.endsWith('line 4999\n')).toBe(true);
    expect(result.stdout.length).toBeLessThan(2200);
  });

  it('ends a program at its time limit', async () => {
    const error = await failureOf(sh('sleep 600', { timeoutMs: 100, graceMs: 60_000 }));
    expect(error).toMatchObject({ code: 'exec_timeout', details: { timeoutMs: 100 } });
  });

  it('lets a program tidy up on SIGINT', async () => {
    const script = 'trap "echo tidied > note; exit 0" INT; echo up; while :; do sleep 0.05; done';
    expect(await failureOf(stopWhenUp(script, { graceMs: 60_000 }).run)).toMatchObject({
      code: 'exec_cancelled',
    });
    expect(await readFile(join(folder, 'note'), 'utf8')).toBe('tidied\n');
  });

  it.each([
    ['group', 1],
    ['program', 0],
  ] as const)('interrupts the %s: what it has started gets %i', async (interrupts, count) => {
    const below =
      "let count = 0; process.on('SIGINT', () => count++); process.stdin.on('end', () => setTimeout(() => console.log('got ' + count), 50)).resume(); console.log('up');";
    const program = `const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(below)}], { stdio: ['pipe', 'inherit', 'inherit'] });
      process.on('SIGINT', () => child.stdin.end());`;
    const controller = new AbortController();
    const lines: string[] = [];
    const run = exec(process.execPath, ['-e', program], {
      cwd: folder,
      env,
      interrupts,
      graceMs: 60_000,
      signal: controller.signal,
      onLine: (line) => {
        lines.push(line);
        if (line === 'up') controller.abort();
      },
    });
    expect(await failureOf(run)).toMatchObject({ code: 'exec_cancelled' });
    expect(lines).toEqual(['up', `got ${count}`]);
  });

  it('kills a whole group that ignores SIGINT, grandchildren included', async () => {
    const { run, groups } = stopWhenUp(
      'trap "" INT; (sleep 600 & sleep 600) & echo up; sleep 600; sleep 600',
    );
    expect(await failureOf(run)).toMatchObject({ code: 'exec_cancelled' });
    expect(await groupIsAlive(groups[0] ?? 0)).toBe(false);
  });

  it('leaves no child behind when the program itself ends', async () => {
    const groups: number[] = [];
    const result = await sh('sleep 600 & echo done', { onProcess: ({ pgid }) => groups.push(pgid) });
    expect(result.stdout).toBe('done\n');
    expect(groups).toHaveLength(2);
    expect(await groupIsAlive(groups[0] ?? 0)).toBe(false);
  });

  it('does not wait for good on a process that left the group and kept the pipe', async () => {
    const result = await sh('setsid sleep 30 & echo $!');
    expect(result.exitCode).toBe(0);
    execFileSync('sh', [
      '-c',
      `kill -- -${result.stdout.trim()} 2>/dev/null || kill ${result.stdout.trim()} || true`,
    ]);
  });

  it.each([{}, { stdoutFile: 'out' }])(
    'does not start what is cancelled while its output is opened',
    async (output) => {
      const controller = new AbortController();
      const file = output.stdoutFile === undefined ? {} : { stdoutFile: join(folder, output.stdoutFile) };
      const run = failureOf(sh('touch started; sleep 30', { signal: controller.signal, ...file }));
      controller.abort();
      expect((await run).code).toBe('exec_cancelled');
      await expect(readFile(join(folder, 'started'))).rejects.toThrow('ENOENT');
    },
  );

  it('ends what is cancelled by who is told that it has started', async () => {
    const controller = new AbortController();
    const onProcess = () => controller.abort();
    const error = await failureOf(sh('sleep 30', { signal: controller.signal, graceMs: 300, onProcess }));
    expect(error.code).toBe('exec_cancelled');
  });

  it('does not start what was cancelled before', async () => {
    const error = await failureOf(sh('touch started', { signal: AbortSignal.abort() }));
    expect(error.code).toBe('exec_cancelled');
    await expect(readFile(join(folder, 'started'))).rejects.toThrow('ENOENT');
  });

  it('writes straight into a file, and still tells lines', async () => {
    const stdoutFile = join(folder, 'out');
    const lines: string[] = [];
    const result = await sh('readlink /proc/$$/fd/1 /proc/$$/fd/2; echo err >&2', {
      stdoutFile,
      onLine: (line, stream) => lines.push(`${stream}:${line}`),
    });
    expect(result.stdout).toBe(`${stdoutFile}\n${stdoutFile}.stderr\n`);
    expect(await readFile(stdoutFile, 'utf8')).toBe(result.stdout);
    expect(result.stderr).toBe('err\n');
    expect(lines).toContain('stderr:err');
  });
});
