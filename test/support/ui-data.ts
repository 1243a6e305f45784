import type { RepoSettings } from '../../src/domain/settings.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { Store } from '../../src/store/store.ts';
import { aStack, COMMIT, storePlan, storeTask } from './api-data.ts';
import { aRepo } from './api-settings.ts';
import {
  deletedRecord,
  editedTag,
  fullPlan,
  movedDatabase,
  openedGroup,
  pendingRole,
  simplePlan,
} from './ui-plans.ts';

const HOUR_MS = 3_600_000;

/** Repos of a middle-sized company. */
export const UI_REPOS: RepoSettings[] = [
  repo('platform-infra', '0 */6 * * *'),
  repo('network-core', '30 * * * *'),
  repo('data-platform', '0 4 * * *'),
  repo('edge-dns', '*/15 * * * *'),
  repo('payments-infra', null),
  repo('sandbox', null),
];

function repo(name: string, schedule: string | null): RepoSettings {
  return aRepo({ name, url: `https://git.example.com/acme/${name}.git`, schedule });
}

/** The stack that has everything the stack page can show. */
export const FULL_STACK = 'envs/prod/network';

/** Seeds the dashboard, a stack with everything, a history, errors, and one repo that was never scanned. */
export async function seedCompany(
  store: Store,
  artifacts: Map<string, string>,
  planText: string,
): Promise<void> {
  await seedPlatform(store, artifacts, planText);
  await seedPlans(store, 'network-core', 'opentofu', {
    'regions/eu-central-1': simplePlan('pending', [pendingRole]),
    'regions/eu-west-1': simplePlan('in_sync', []),
    'regions/us-east-1': simplePlan('drifted', [editedTag]),
    'transit-gateway': simplePlan('in_sync', []),
    'vpn@standby': simplePlan('in_sync', []),
  });
  await seedPlans(store, 'data-platform', 'terragrunt', {
    'live/prod/warehouse': simplePlan('drifted_and_pending', [movedDatabase, pendingRole]),
    'live/prod/kafka': simplePlan('in_sync', []),
    'live/prod/airflow': simplePlan('pending', [pendingRole]),
    'live/stage/warehouse': simplePlan('in_sync', []),
    'live/stage/kafka': simplePlan('in_sync', []),
  });
  await seedPlans(
    store,
    'edge-dns',
    'terraform',
    Object.fromEntries(
      Array.from({ length: 14 }, (_, zone) => [`zones/zone-${zone + 1}`, simplePlan('in_sync', [])]),
    ),
  );
  await seedBrokenRepo(store);
}

async function seedPlatform(store: Store, artifacts: Map<string, string>, planText: string): Promise<void> {
  const full = aStack(FULL_STACK);
  const stacks = [
    full,
    ...['envs/prod/cluster', 'envs/prod/dns', 'envs/prod/iam', 'envs/stage/cluster'].map((path) =>
      aStack(path),
    ),
    ...['envs/stage/network', 'envs/stage/iam', 'modules/ci-runners', 'monitoring'].map((path) =>
      aStack(path),
    ),
  ];
  // Eleven scans over the last days: drift comes, goes, and comes back worse.
  for (const [index, drifted] of [0, 0, 1, 1, 2, 0, 0, 1, 2, 3].entries()) {
    const at = Date.now() - (10 - index) * 6 * HOUR_MS;
    const found = [openedGroup, editedTag, deletedRecord].slice(0, drifted);
    const plan = simplePlan(drifted === 0 ? 'in_sync' : 'drifted', found);
    await seedTask(store, 'platform-infra', [full], at, async (job) => {
      await storePlan(store, job, plan, after(at, 4_200));
    });
  }
  const at = Date.now() - 0.7 * HOUR_MS;
  const task = await storeTask(store, 'platform-infra', stacks, { startedAtMs: Math.round(at) });
  for (const [index, stack] of stacks.entries()) {
    const job = task.jobs[index]!;
    const when = after(at, 5_000 + index * 900);
    if (stack.path === 'envs/prod/iam') {
      await failJob(store, 'platform-infra', stack, job, 'config_invalid', CONFIG_INVALID, when);
    } else {
      const plan = stack === full ? fullPlan() : simplePlan(...outcomeOf(stack));
      if (stack === full) {
        artifacts.set('sha256:plan-text', planText);
        const size = planText.length;
        plan.artifacts = [
          { kind: 'plan_text', digest: 'sha256:plan-text', sizeBytes: size, encrypted: false },
        ];
      }
      await storePlan(store, job, plan, when);
    }
  }
  const error = { code: 'jobs_failed', message: '1 of 9 stacks could not be planned.' };
  await store.tasks.finish(task.id, { status: 'failed', error }, after(at, 16_000));
}

function outcomeOf(stack: Stack): Parameters<typeof simplePlan> {
  if (stack.path === 'envs/prod/dns') return ['drifted', [deletedRecord]];
  if (stack.path === 'envs/stage/network') return ['drifted', [editedTag]];
  if (stack.path === 'monitoring') return ['pending', [pendingRole]];
  return ['in_sync', []];
}

const CONFIG_INVALID = `Unsupported argument in envs/prod/iam/roles.tf, line 14: an argument named "polcy" is not expected here.
on roles.tf line 14, in resource "aws_iam_role_policy" "deploy":
  14:   polcy = data.aws_iam_policy_document.deploy.json

Did you mean "policy"?`;

async function seedPlans(
  store: Store,
  name: string,
  kind: string,
  plans: Record<string, ReturnType<typeof simplePlan>>,
): Promise<void> {
  const at = Date.now() - 2.2 * HOUR_MS;
  const stacks = Object.keys(plans).map((key) => {
    const [path = '', workspace = 'default'] = key.split('@');
    return aStack(path, { kind, key, workspace });
  });
  await seedTask(store, name, stacks, at, async (job, stack, index) => {
    await storePlan(store, job, plans[stack.key], after(at, 2_000 + index * 700));
  });
}

async function seedBrokenRepo(store: Store): Promise<void> {
  const stacks = ['accounts/ledger', 'accounts/settlement'].map((path) => aStack(path));
  const at = Date.now() - 26 * HOUR_MS;
  const task = await storeTask(store, 'payments-infra', stacks, { startedAtMs: Math.round(at) });
  const message =
    'The remote refused the credentials of payments-infra: check https_token_env in the config.';
  for (const [index, stack] of stacks.entries()) {
    const code = index === 0 ? 'auth_failed' : 'worker_lost';
    await failJob(store, 'payments-infra', stack, task.jobs[index]!, code, message, after(at, 3_000));
  }
  const error = { code: 'jobs_failed', message: '2 of 2 stacks could not be planned.' };
  await store.tasks.finish(task.id, { status: 'failed', error }, after(at, 3_500));
}

async function seedTask(
  store: Store,
  name: string,
  stacks: Stack[],
  atMs: number,
  each: (job: string, stack: Stack, index: number) => Promise<void>,
): Promise<void> {
  const task = await storeTask(store, name, stacks, { startedAtMs: Math.round(atMs) });
  for (const [index, stack] of stacks.entries()) await each(task.jobs[index]!, stack, index);
  await store.tasks.finish(task.id, { status: 'completed', error: null }, after(atMs, 9_000));
}

async function failJob(
  store: Store,
  name: string,
  stack: Stack,
  job: string,
  code: string,
  message: string,
  at: string,
): Promise<void> {
  const outcome = code === 'worker_lost' ? 'unknown' : 'errored';
  const error = { code, message };
  await store.jobs.start(job, 'worker-1', at);
  await store.stacks.failed(name, stack.key, job, COMMIT, outcome, error, at);
  await store.jobs.fail(job, outcome, error, at);
}

/** A repo of many stacks of every status. */
export async function seedFleet(store: Store, name: string, count: number): Promise<void> {
  const stacks = Array.from({ length: count }, (_, index) =>
    aStack(`tenants/tenant-${String(index + 1).padStart(4, '0')}/${index % 2 === 0 ? 'app' : 'data'}`),
  );
  const at = Date.now() - HOUR_MS;
  await seedTask(store, name, stacks, at, async (job, _stack, index) => {
    const plan =
      index % 7 === 0
        ? simplePlan('drifted', [index % 3 === 0 ? openedGroup : editedTag])
        : index % 11 === 0
          ? simplePlan('pending', [pendingRole])
          : simplePlan('in_sync', []);
    await storePlan(store, job, plan, after(at, 1_000 + index));
  });
}

function after(startMs: number, ms: number): string {
  return new Date(Math.round(startMs) + ms).toISOString();
}
