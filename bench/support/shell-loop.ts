import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from '../../test/support/plumbline.ts';

/** Milliseconds of the same work by each. */
export interface Pair {
  own: number;
  shell: number;
}

/** The path of a program on PATH. */
export function onPath(program: string): string {
  return spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
}

/** The lock file of a stack as `terraform init` makes it: everybody commits one. */
export async function lockFile(
  site: Site,
  cliConfigPath: string,
  stack: (dir: string) => string,
): Promise<string> {
  const dir = join(site.dir, 'lock');
  await mkdir(dir);
  await writeFile(join(dir, 'main.tf'), stack(dir));
  const env = { ...process.env, TF_CLI_CONFIG_FILE: cliConfigPath };
  const init = spawnSync('terraform', ['init', '-input=false'], { cwd: dir, env, encoding: 'utf8' });
  if (init.status !== 0) throw new Error(init.stderr);
  return await readFile(join(dir, '.terraform.lock.hcl'), 'utf8');
}

/** Runs a script as a person would. @returns milliseconds @throws when it exits with anything but 0 */
export async function timeShell(script: string, args: string[], cliConfigPath: string): Promise<number> {
  const started = performance.now();
  const child = spawn('bash', ['-c', script, 'loop', ...args], {
    env: { ...process.env, TF_CLI_CONFIG_FILE: cliConfigPath },
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the shell loop failed with ${String(code)}`);
  return performance.now() - started;
}

/** The value that half of the others are below. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Prints the median ratio of the pairs, and whether it keeps its bound; without a bound it is only printed. */
export function report(name: string, bound: number | null, pairs: Pair[]): void {
  const ratio = median(pairs.map(({ own, shell }) => own / shell));
  const text = (ms: number): string => (ms / 1000).toFixed(1);
  const seconds = pairs.map(({ own, shell }) => `${text(own)} / ${text(shell)}`).join(', ');
  const verdict = bound === null ? '' : ` (bound ${bound}: ${ratio <= bound ? 'met' : 'NOT MET'})`;
  console.log(`${name}: plumbline / shell loop = ${ratio.toFixed(2)}${verdict}; seconds: ${seconds}`);
}
