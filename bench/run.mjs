// npm run bench [name …]: runs the benchmarks and prints figures and ratios with a description of the machine.
// Absolute times depend on the machine; the ratios compare two ways of doing the same work in one run.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
const all = readdirSync(here)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(2);
}

const [cpu] = cpus();
console.log(
  `Machine: ${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
);
let failed = spawnSync('node', ['scripts/build.mjs'], { cwd: root, env, stdio: 'inherit' }).status !== 0;
for (const name of failed ? [] : wanted.length > 0 ? wanted : all) {
  console.log(`\n== ${name} (load average ${loadavg()[0].toFixed(1)})`);
  if (spawnSync('node', [join('bench', `${name}.ts`)], { cwd: root, env, stdio: 'inherit' }).status !== 0)
    failed = true;
}
process.exit(failed ? 1 : 0);
