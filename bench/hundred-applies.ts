/**
 * 100 stacks that all have something to apply: one sync against the same work by hand, with the same parallelism and a
 * plugin cache, too. The first comparison is a loop that runs the very commands that a sync runs (two plans, the backup of
 * the state, the apply and the look afterwards); the second is a bare loop of init, plan and apply, for the price of safety.
 * Each of the three has a copy of the stacks with states of its own; they take turns, and who begins changes.
 * Usage: node bench/hundred-applies.ts [ROUNDS]
 */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncAcceptedJson } from '../src/api/schemas/sync.ts';
import type { TaskJson } from '../src/api/schemas/task.ts';
import { aSite, call, ready, startProcess, type Site } from '../test/support/plumbline.ts';
import { commitFiles } from '../test/support/stacks-repo.ts';
import { providerMirror, temporalBinary } from '../test/support/tools.ts';
import { lockFile, onPath, type Pair, report, timeShell } from './support/shell-loop.ts';

const STACKS = 100;
const ROUNDS = Number(process.argv[2] ?? 3);
const BOUND = 1.25;
const POLL_MS = 250;
const WORKERS = ['own', 'same', 'bare'] as const;
type Worker = (typeof WORKERS)[number];

/** What both loops share; `work` is what they do with one stack. */
const loop = (work: string): string => `
one() {
  cd "$1" && export TF_DATA_DIR="$2/$(basename "$1")" TF_PLUGIN_CACHE_DIR="$3" TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
  mkdir -p "$TF_DATA_DIR"
  terraform init -input=false -no-color -lockfile=readonly >/dev/null || return 1
${work}
}
export -f one
one "$1/stacks/s00" "$2" "$3" || exit 1
printf '%s\\n' "$1"/stacks/* | tail -n +2 | xargs -P "$4" -I{} bash -c 'one "$@"' _ {} "$2" "$3"
`;

const PLAN = `  terraform plan -input=false -no-color -lock=false -out="$TF_DATA_DIR/plan" >/dev/null &&
  terraform show -json "$TF_DATA_DIR/plan" >"$TF_DATA_DIR/plan.json" &&
`;
/** The commands of a sync, in its order: plan, plan again, back up, apply, read the state, look again. */
const SAME_COMMANDS =
  loop(`${PLAN}  terraform plan -input=false -no-color -lock=false -out="$TF_DATA_DIR/plan" >/dev/null &&
  terraform state pull >"$TF_DATA_DIR/backup.tfstate" &&
  terraform apply -json -input=false -no-color -lock-timeout=30s "$TF_DATA_DIR/plan" >"$TF_DATA_DIR/apply.log" &&
  terraform show -json >"$TF_DATA_DIR/state.json" &&
${PLAN}  true`);
const BARE = loop(`  terraform plan -input=false -no-color -out="$TF_DATA_DIR/plan" >/dev/null &&
  terraform apply -input=false -no-color "$TF_DATA_DIR/plan" >/dev/null`);

function stack(folder: string, round: number): string {
  return `terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
  backend "local" {
    path = "${folder}/terraform.tfstate"
  }
}
resource "local_file" "one" {
  filename = "${folder}/live.txt"
  content  = "round ${round}"
}
`;
}

async function commitRound(site: Site, lock: string, round: number): Promise<void> {
  for (const worker of WORKERS) {
    const files: Record<string, string> = {};
    for (let index = 0; index < STACKS; index += 1) {
      const name = `s${String(index).padStart(2, '0')}`;
      files[`stacks/${name}/main.tf`] = stack(join(site.dir, 'live', worker, name), round);
      files[`stacks/${name}/.terraform.lock.hcl`] = lock;
    }
    await commitFiles(join(site.dir, worker), files);
  }
}

async function sync(site: Site): Promise<number> {
  const started = performance.now();
  const { json } = await call<SyncAcceptedJson>(site, 'POST', '/api/repos/bench/sync', {});
  let { task } = json;
  while (task.status === 'running' || task.status === 'queued') {
    await sleep(POLL_MS);
    task = (await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`)).json;
  }
  const took = performance.now() - started;
  const { json: after } = await call<{ stacks: { status: string }[] }>(
    site,
    'GET',
    '/api/repos/bench/stacks',
  );
  const synced = after.stacks.filter(({ status }) => status === 'in_sync').length;
  if (task.status !== 'completed' || synced !== STACKS) throw new Error(JSON.stringify({ task, synced }));
  return took;
}

async function shell(site: Site, worker: Worker, cliConfigPath: string): Promise<number> {
  const dirs = [join(site.dir, `${worker}-data`), join(site.dir, `${worker}-plugins`)];
  for (const dir of dirs) await mkdir(dir, { recursive: true });
  const script = worker === 'same' ? SAME_COMMANDS : BARE;
  return await timeShell(script, [join(site.dir, worker), ...dirs, String(parallel)], cliConfigPath);
}

const parallel = availableParallelism();
console.log(`${STACKS} stacks to apply, ${parallel} at once, ${ROUNDS} rounds`);
const { cliConfigPath } = await providerMirror();
const site = await aSite({});
const lock = await lockFile(site, cliConfigPath, (dir) => stack(dir, 0));
await commitRound(site, lock, 0);
await site.configure({
  repos: [{ name: 'bench', url: join(site.dir, 'own') }],
  environments: [
    { name: 'bench', policy: { approvals: { required: 0, destroys: false } }, paths: ['stacks/**'] },
  ],
  worker: { concurrency: parallel },
  toolchain: {
    cache_dir: join(site.dir, 'cache'),
    temporal: { path: await temporalBinary() },
    terraform: { path: onPath('terraform') },
  },
  scan: { env: { TF_CLI_CONFIG_FILE: cliConfigPath } },
});
const up = startProcess(['up', '--config', site.configFile]);
const same: Pair[] = [];
const bare: Pair[] = [];
try {
  await ready(site, up);
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await commitRound(site, lock, round);
    const took: Record<Worker, number> = { own: 0, same: 0, bare: 0 };
    const turns = round % 2 === 0 ? WORKERS : WORKERS.toReversed();
    for (const worker of turns) {
      took[worker] = worker === 'own' ? await sync(site) : await shell(site, worker, cliConfigPath);
    }
    same.push({ own: took.own, shell: took.same });
    bare.push({ own: took.own, shell: took.bare });
  }
} finally {
  await up.stop();
  await site.remove();
}
report('against the same commands', BOUND, same);
report('against a bare loop of plan and apply', null, bare);
