import { jobId, parseTaskId, stackKey, taskId } from '../../src/domain/ids.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { Store } from '../../src/store/store.ts';
import type { ScanRepoInput } from '../../src/workflows/inputs.ts';
import { aStack, COMMIT, storePlan } from './api-data.ts';
import type { UiServer } from './ui-server.ts';
import { editedTag, simplePlan } from './ui-plans.ts';

/** A scan that goes on only when it is told to. */
export interface SteppedScan {
  /** ID of the task. */
  id: string;
  /** Plans the next `count` stacks: every third has drifted. */
  plan(count: number): Promise<void>;
  /** Marks the next `count` stacks as running. */
  begin(count: number): Promise<void>;
  finish(): Promise<void>;
}

/** A stand-in for the workers: a scan of `count` stacks (the repo's own, when it has as many), written into the real store step by step. */
export async function steppedScan(
  server: Pick<UiServer, 'store' | 'temporal'>,
  input: Pick<ScanRepoInput, 'repo' | 'task_id'>,
  count: number,
): Promise<SteppedScan> {
  const { store } = server;
  const { repo } = input;
  const id = input.task_id ?? taskId(repo, Date.now());
  const startedAtMs = parseTaskId(id)?.startedAtMs ?? Date.now();
  const known = (await store.stacks.list(repo)).map((stack) =>
    aStack(stack.path, { kind: stack.kind, key: stack.key }),
  );
  const stacks =
    known.length === count
      ? known
      : Array.from({ length: count }, (_, index) => aStack(`live/stack-${index + 1}`));
  const jobs = stacks.map((stack) => ({
    id: jobId(repo, stackKey(stack.path), startedAtMs),
    stack,
    queue: 'stacks',
  }));
  await beginTask(store, id, repo, startedAtMs);
  await store.stacks.discovered(repo, stacks, { complete: false });
  await store.tasks.discovered(id, COMMIT, jobs, new Date().toISOString());
  await say(store, id, null, `found ${count} stacks in ${COMMIT.slice(0, 8)}`);
  let next = 0;
  return {
    id,
    plan: async (many) => {
      for (const job of jobs.slice(next, next + many)) {
        await planOne(store, id, job, next);
        next += 1;
      }
    },
    begin: async (many) => {
      for (const job of jobs.slice(next, next + many)) {
        await store.jobs.start(job.id, 'worker-1', new Date().toISOString());
        await say(store, id, job.stack.key, 'terraform plan');
      }
    },
    finish: async () => {
      await store.tasks.finish(id, { status: 'completed', error: null }, new Date().toISOString());
      server.temporal.running.delete(repo);
    },
  };
}

async function beginTask(store: Store, id: string, repo: string, startedAtMs: number): Promise<void> {
  await store.tasks.begin({
    id,
    repo,
    kind: 'scan',
    trigger: 'ui',
    actor: '',
    stackKey: null,
    configVersion: 1,
    workflowId: `repo/${repo}`,
    runId: 'run-1',
    startedAt: new Date(startedAtMs).toISOString(),
  });
}

async function planOne(
  store: Store,
  task: string,
  job: { id: string; stack: Stack },
  index: number,
): Promise<void> {
  const plan = index % 3 === 2 ? simplePlan('drifted', [editedTag]) : simplePlan('in_sync', []);
  await storePlan(store, job.id, plan);
  await say(store, task, job.stack.key, plan.drift > 0 ? '1 change: drift' : 'in sync');
}

function say(store: Store, taskId: string, stack: string | null, message: string): Promise<void> {
  return store.events.append([
    { taskId, stackKey: stack, kind: 'progress', message, at: new Date().toISOString() },
  ]);
}
