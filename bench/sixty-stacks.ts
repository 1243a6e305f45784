/**
 * 60 stacks of 10 `local_file` each, against the same work by hand: a shell loop of `terraform init && plan &&
 * show -json` with the same parallelism and a plugin cache, too. The first scan of each side finds nothing; the others
 * use what it left. The two take turns, and who begins changes with every pair, so that a busy machine is fair to both.
 * Usage: node bench/sixty-stacks.ts [ROUNDS]
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanAcceptedJson, TaskJson } from '../src/api/schemas/task.ts';
import { aSite, call, ready, startProcess, type Site } from '../test/support/plumbline.ts';
import { commitFiles } from '../test/support/stacks-repo.ts';
import { providerMirror, temporalBinary } from '../test/support/tools.ts';
import { lockFile, onPath, type Pair, report, timeShell } from './support/shell-loop.ts';

const STACKS = 60;
const FILES = 10;
const ROUNDS = Number(process.argv[2] ?? 3);
/** Scans after the first, in each round. */
const REPEATS = 2;
/** Often enough to see the end, too rarely to be work for the server. */
const POLL_MS = 250;

/** One scan's work as a person would script it; exits with the failure of any stack. */
const SHELL_LOOP = `
one() {
  cd "$1" && export TF_DATA_DIR="$2/$(basename "$1")" TF_PLUGIN_CACHE_DIR="$3" TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
  mkdir -p "$TF_DATA_DIR"
  terraform init -input=false -no-color -lockfile=readonly >/dev/null &&
    terraform plan -input=false -no-color -lock=false -out="$TF_DATA_DIR/plan" >/dev/null &&
    terraform show -json "$TF_DATA_DIR/plan" >"$TF_DATA_DIR/plan.json"
}
export -f one
# Terraform's plugin cache is not safe for several writers: the first stack fills it alone, as in Plumbline.
one "$1/stacks/s00" "$2" "$3" || exit 1
printf '%s\\n' "$1"/stacks/* | tail -n +2 | xargs -P "$4" -I{} bash -c 'one "$@"' _ {} "$2" "$3"
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
  const lock = await lockFile(site, cliConfigPath, stack);
  for (let index = 0; index < STACKS; index += 1) {
    const dir = `stacks/s${String(index).padStart(2, '0')}`;
    files[`${dir}/main.tf`] = stack(join(site.dir, 'live', String(index)));
    files[`${dir}/.terraform.lock.hcl`] = lock;
  }
  await commitFiles(repo, files);
  return repo;
}

async function shellScan(site: Site, repo: string, cliConfigPath: string, parallel: number): Promise<number> {
  const dirs = [join(site.dir, 'shell-data'), join(site.dir, 'shell-plugins')];
  for (const dir of dirs) await mkdir(dir, { recursive: true });
  return await timeShell(SHELL_LOOP, [repo, ...dirs, String(parallel)], cliConfigPath);
}

async function plumblineScan(site: Site): Promise<number> {
  const started = performance.now();
  const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/bench/scan', {});
  let task = json.task;
  while (task.status === 'running') {
    await sleep(POLL_MS);
    task = (await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`)).json;
  }
  if (task.status !== 'completed' || task.completed !== STACKS) throw new Error(JSON.stringify(task));
  return performance.now() - started;
}

async function round(parallel: number, ownBegins: boolean): Promise<{ first: Pair; later: Pair[] }> {
  const { cliConfigPath } = await providerMirror();
  const site = await aSite({});
  const repo = await prepare(site, cliConfigPath);
  await site.configure({
    repos: [{ name: 'bench', url: repo }],
    worker: { concurrency: parallel },
    // A cache of its own, so that the first scan is a first scan; the server is no part of what is compared.
    // Nor is asking which Terraform is the newest: both sides run the one that is on PATH.
    toolchain: {
      cache_dir: join(site.dir, 'cache'),
      temporal: { path: await temporalBinary() },
      terraform: { path: onPath('terraform') },
    },
    scan: { env: { TF_CLI_CONFIG_FILE: cliConfigPath } },
  });
  const up = startProcess(['up', '--config', site.configFile]);
  try {
    await ready(site, up);
    const pair = async (ownIsFirst: boolean): Promise<Pair> => {
      const early = ownIsFirst ? await plumblineScan(site) : undefined;
      const shell = await shellScan(site, repo, cliConfigPath, parallel);
      return { own: early ?? (await plumblineScan(site)), shell };
    };
    const first = await pair(ownBegins);
    const later: Pair[] = [];
    for (let index = 0; index < REPEATS; index += 1) later.push(await pair((index % 2 === 0) !== ownBegins));
    return { first, later };
  } finally {
    await up.stop();
    await site.remove();
  }
}

const parallel = availableParallelism();
console.log(
  `${STACKS} stacks × ${FILES} local_file, ${parallel} at once, ${ROUNDS} rounds (fresh folders each)`,
);
const rounds = [];
for (let index = 0; index < ROUNDS; index += 1) rounds.push(await round(parallel, index % 2 === 1));
report(
  'first scan',
  1.15,
  rounds.map((found) => found.first),
);
report(
  'second scan',
  0.9,
  rounds.flatMap((found) => found.later),
);
