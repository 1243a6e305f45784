import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CI_RUN = fileURLToPath(new URL('../../.ci/run', import.meta.url));
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-ci-'));
  await mkdir(join(root, '.ci'));
  await cp(CI_RUN, join(root, '.ci', 'run'));
  await mkdir(join(root, 'bin'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Runs it where `npm` is this script, and nothing has to be installed. */
async function run(npm: string): Promise<{ code: number | null; lines: string[] }> {
  const programs = { npm, 'apt-get': 'exit 0', gpg: 'exit 0', zip: 'exit 0' };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(root, 'bin', name), `#!/bin/sh\n${script}\n`);
    await chmod(join(root, 'bin', name), 0o755);
  }
  const child = spawn(join(root, '.ci', 'run'), [], {
    env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, PLUMBLINE_TEST_WITHOUT: 'chromium' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, lines: output.trim().split('\n') };
}

/** The runner's closing line as vitest colours it. */
const closing = (text: string) => `printf '\\033[2m      Tests \\033[22m ${text}\\n'`;

describe('.ci/run', () => {
  it('ends with the counts of the tests, after the check, the tests and the demonstration', async () => {
    const green = '\\033[1m\\033[32m1502 passed\\033[39m\\033[22m (1502)';
    const { code, lines } = await run(`echo "npm $*"; [ "$1" = test ] && ${closing(green)} || true`);
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith('npm '))).toEqual([
      'npm run check',
      'npm test',
      'npm run demo -- --once',
    ]);
    expect(lines.at(-1)).toBe('1502 passed, 0 failed');
  });

  it('tells the counts also when tests fail, and fails', async () => {
    const red = '\\033[31m2 failed\\033[39m | \\033[32m1500 passed\\033[39m (1502)';
    const { code, lines } = await run(`[ "$1" != test ] || { ${closing(red)}; exit 1; }`);
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('1500 passed, 2 failed');
  });

  it('tells that nothing was tested when the check fails', async () => {
    const { code, lines } = await run('exit 3');
    expect(code).toBe(3);
    expect(lines.at(-1)).toBe('0 passed, 0 failed');
  });

  it('leaves no test out', async () => {
    const { lines } = await run('echo "without: ${PLUMBLINE_TEST_WITHOUT-nothing}"');
    expect(lines[0]).toBe('without: nothing');
  });
});
