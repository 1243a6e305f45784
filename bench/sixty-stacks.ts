/**
 * 60 stacks of 10 `local_file` each, against the same work by hand: a shell loop of `terraform init && plan &&
 * show -json` with the same parallelism and the same plugin cache. Both sides scan twice; the second scan of each
 * reuses what its first one left.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ScanAcceptedJson, TaskJson } from '../src/api/schemas/task.ts';
import { aSite, call, eventually, ready, startProcess, type Site } from '../test/support/plumbline.ts';
import { commitFiles } from '../test/support/stacks-repo.ts';
import { providerMirror, temporalBinary } from '../test/support/tools.ts';

const STACKS = 60;
const FILES = 10;
const ROUNDS = 3;

/** One scan's work as a person would script it; exits with the failure of any stack. */
const SHELL_LOOP = `
one() {
  cd "$1" && export TF_DATA_DIR="$2/$(basename "$1")" TF_PLUGIN_CACHE_DIR="$3" TF_IN_AUTOMATION=1
  mkdir -p "$TF_DATA_DIR"
  terraform init -input=false -no-color -lockfile=readonly >/dev/null &&
    terraform plan -input=false -no-color -lock=false -out="$TF_DATA_DIR/plan" >/dev/null &&
    terraform show -json "$TF_DATA_DIR/plan" >"$TF_DATA_DIR/plan.json"
}
export -f one
printf '%s\\n' "$1"/stacks/* | xargs -P "$4" -I{} bash -c 'one "$@"' _ {} "$2" "$3"
`;

function stack(live: string): string {
  const files = Array.from(
    { length: FILES },
    (_, index) =>
      `resource "local_file" "f${index}" {\n  filename = "${live}/${index}.txt"\n  content  = "file ${index}"\n}\n`,
  );
  return `terraform {\n  required_providers {\n    local = { source = "hashicorp/local" }\n  }\n}\n${files.join('')}`;
}

async function prepare(site: Site, cliConfigPath: string): Promise<string> {
  const repo = join(site.dir, 'repo');
  const files: Record<string, string> = {};
  const lock = await lockFile(site, cliConfigPath);
  for (let index = 0; index < STACKS; index += 1) {
    const dir = `stacks/s${String(index).padStart(2, '0')}`;
    files[`${dir}/main.tf`] = stack(join(site.dir, 'live', String(index)));
    files[`${dir}/.terraform.lock.hcl`] = lock;
  }
  await commitFiles(repo, files);
  return repo;
}

/** Everybody commits a lock file; it is made once, as `terraform init` makes it. */
async function lockFile(site: Site, cliConfigPath: string): Promise<string> {
  const dir = join(site.dir, 'lock');
  await mkdir(dir);
  await writeFile(join(dir, 'main.tf'), stack(dir));
  const env = { ...process.env, TF_CLI_CONFIG_FILE: cliConfigPath };
  const init = spawnSync('terraform', ['init', '-input=false'], { cwd: dir, env, encoding: 'utf8' });
  if (init.status !== 0) throw new Error(init.stderr);
  return await readFile(join(dir, '.terraform.lock.hcl'), 'utf8');
}

async function shellScan(site: Site, repo: string, cliConfigPath: string, parallel: number): Promise<number> {
  const dirs = [join(site.dir, 'shell-data'), join(site.dir, 'shell-plugins')];
  for (const dir of dirs) await mkdir(dir, { recursive: true });
  const started = performance.now();
  const child = spawn('bash', ['-c', SHELL_LOOP, 'loop', repo, ...dirs, String(parallel)], {
    env: { ...process.env, TF_CLI_CONFIG_FILE: cliConfigPath },
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the shell loop failed with ${String(code)}`);
  return performance.now() - started;
}

async function plumblineScan(site: Site): Promise<number> {
  const started = performance.now();
  const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/bench/scan', {});
  const task = await eventually('the scan ends', async () => {
    const found = (await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`)).json;
    return found.status === 'running' ? undefined : found;
  });
  if (task.status !== 'completed' || task.completed !== STACKS) throw new Error(JSON.stringify(task));
  return performance.now() - started;
}

async function round(parallel: number): Promise<{ first: [number, number]; second: [number, number] }> {
  const { cliConfigPath } = await providerMirror();
  const site = await aSite({});
  const repo = await prepare(site, cliConfigPath);
  await site.configure({
    repos: [{ name: 'bench', url: repo }],
    worker: { concurrency: parallel },
    // A cache of its own, so that the first scan is a first scan; the server is no part of what is compared.
    toolchain: { cache_dir: join(site.dir, 'cache'), temporal: { path: await temporalBinary() } },
    scan: { env: { TF_CLI_CONFIG_FILE: cliConfigPath } },
  });
  const up = startProcess(['up', '--config', site.configFile]);
  try {
    await ready(site, up);
    const shellFirst = await shellScan(site, repo, cliConfigPath, parallel);
    const ownFirst = await plumblineScan(site);
    const shellSecond = await shellScan(site, repo, cliConfigPath, parallel);
    const ownSecond = await plumblineScan(site);
    return { first: [ownFirst, shellFirst], second: [ownSecond, shellSecond] };
  } finally {
    await up.stop();
    await site.remove();
  }
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const parallel = availableParallelism();
console.log(
  `${STACKS} stacks × ${FILES} local_file, ${parallel} at once, ${ROUNDS} rounds (fresh folders each)`,
);
const rounds = [];
for (let index = 0; index < ROUNDS; index += 1) rounds.push(await round(parallel));
for (const [name, bound] of [
  ['first', 1.15],
  ['second', 0.9],
] as const) {
  const ratios = rounds.map((found) => found[name][0] / found[name][1]);
  const seconds = rounds
    .map((found) => found[name].map((ms) => (ms / 1000).toFixed(1)).join(' / '))
    .join(', ');
  const verdict = median(ratios) <= bound ? 'met' : 'NOT MET';
  console.log(
    `${name} scan: plumbline / shell loop = ${median(ratios).toFixed(2)} (bound ${bound}: ${verdict}); seconds: ${seconds}`,
  );
}
