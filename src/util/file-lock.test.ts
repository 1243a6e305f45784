import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from './file-lock.ts';

const SOURCE = fileURLToPath(new URL('./file-lock.ts', import.meta.url));
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-lock-'));
  path = join(folder, 'locks', 'one.lock');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Another process that takes the lock, says so, and does `work` with it. */
function other(work: string) {
  const script = `
    import { appendFile } from 'node:fs/promises';
    import { setTimeout as delay } from 'node:timers/promises';
    const { withFileLock } = await import(${JSON.stringify(SOURCE)});
    await withFileLock(${JSON.stringify(path)}, async () => { console.log('held'); ${work} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const held = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, held, ended };
}

describe('withFileLock', () => {
  it('lets one in at a time within a process, and gives the result', async () => {
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} out`);
      return name;
    };
    const names = await Promise.all(['a', 'b', 'c'].map((name) => withFileLock(path, work(name))));
    expect(names).toEqual(['a', 'b', 'c']);
    for (let at = 0; at < log.length; at += 2) expect(log[at]?.[0]).toBe(log[at + 1]?.[0]);
  });

  it('is free again after a failure', async () => {
    await expect(withFileLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withFileLock(path, async () => 'again')).toBe('again');
  });

  it('keeps processes apart', async () => {
    const note = join(folder, 'note');
    const work = `for (let i = 0; i < 20; i += 1) { await appendFile(${JSON.stringify(note)}, 'x'); await delay(1); }
      await appendFile(${JSON.stringify(note)}, '\\n');`;
    const others = [other(work), other(work)];
    await withFileLock(path, async () => {
      for (let index = 0; index < 20; index += 1) await appendFile(note, 'x');
      await appendFile(note, '\n');
    });
    expect(await Promise.all(others.map((process) => process.ended))).toEqual([0, 0]);
    expect((await readFile(note, 'utf8')).trim().split('\n')).toEqual(
      Array.from({ length: 3 }, () => 'x'.repeat(20)),
    );
  });

  it('takes the lock over from a process that was killed', async () => {
    const holder = other('await delay(600_000);');
    await holder.held;
    let waited = 0;
    const taken = withFileLock(path, async () => 'mine', {
      onWait: () => {
        waited += 1;
        holder.child.kill('SIGKILL');
      },
    });
    expect(await taken).toBe('mine');
    expect(waited).toBe(1);
  });

  it('stops waiting when it is cancelled', async () => {
    const controller = new AbortController();
    await withFileLock(path, async () => {
      const waiting = withFileLock(path, async () => 'never', {
        signal: controller.signal,
        onWait: () => controller.abort(new Error('enough')),
      });
      await expect(waiting).rejects.toThrow('enough');
    });
  });
});
