import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptIdOf, passGate } from '../../src/activities/apply-gate.ts';
import { createApprovalSteps } from '../../src/activities/approval-steps.ts';
import type { ActivityDeps, Checkouts } from '../../src/activities/deps.ts';
import { openAttempt } from '../../src/activities/open-attempt.ts';
import { createPinnedConfigs } from '../../src/activities/pinned-config.ts';
import { presentApproval } from '../../src/activities/present-approval.ts';
import { createRunningTasks } from '../../src/activities/running-tasks.ts';
import { silentProgress } from '../../src/activities/progress.ts';
import { refuseApply } from '../../src/activities/refuse-apply.ts';
import { stackFacts } from '../../src/activities/stack-facts.ts';
import { stackVerdict } from '../../src/activities/stack-verdict.ts';
import type { TaskRequest } from '../../src/activities/types.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import type { Attempt } from '../../src/domain/attempt.ts';
import type { DecisionKind } from '../../src/domain/approvals/decision-text.ts';
import { jobId, taskId } from '../../src/domain/ids.ts';
import type { StackPlan } from '../../src/domain/plan.ts';
import type { PublishedSettings } from '../../src/domain/settings.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { StateBackup } from '../../src/drivers/driver-results.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Verdict } from '../../src/domain/eligibility/verdict.ts';
import { openStore } from '../../src/store/open.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { createRedactor } from '../../src/util/redact.ts';
import type { ApplyStackInput, DecisionMessage } from '../../src/workflows/inputs.ts';
import { aChange } from './a-change.ts';
import { aSigner } from './decisions.ts';
import { fakeHistory } from './fake-history.ts';
import { testLog } from './temporal.ts';
import { aRepo, memoryArtifacts } from './workers.ts';

const STACK = { key: 'envs/prod', kind: 'fake', path: 'envs/prod', workspace: 'default', dependsOn: [] };

/** What a bench has in the place of its own. */
interface GateBenchOptions {
  /** What knows the stack, by its kind. */
  driver?: Driver;
  /** A real history, where the commits are named. */
  git?: Checkouts;
  url?: string;
}

/** A stack of a task whose plan is there. */
export interface Planned {
  task: Task;
  jobId: string;
  commit: string;
  digest: string;
  request: TaskRequest;
}

/** What became of an apply: it began, or was refused with this code. */
export type GateAnswer = { attempt: Attempt; refused: null } | { attempt: null; refused: string };

/** What a plan is like when a test says nothing else: one change that Git wants. */
export function aGatePlan(overrides: Partial<StackPlan> = {}): StackPlan {
  return {
    status: 'pending',
    changes: [aChange({ cause: 'pending' })],
    ignored: [],
    outputs: [],
    drift: 0,
    pending: 1,
    severity: 'low',
    digest: 'v1:sha256:one',
    tool: { name: 'fake', version: '1.0.0', source: 'path' },
    durationsMs: {},
    warnings: [],
    stateLock: null,
    artifacts: [],
    ...overrides,
  };
}

function inputOf({ task, jobId: id, commit, digest, request }: Planned): ApplyStackInput {
  const { first_trigger, auto_approve_safe, emergency } = request;
  return {
    policy: { window: 1, lock_ttl_ms: 1, plan_limit_ms: 1, no_worker_after_ms: 1, search_attributes: false },
    task_id: task.id,
    job_id: id,
    repo: task.repo,
    key: STACK.key,
    commit,
    config_version: task.configVersion,
    queue: 'bench',
    digest,
    ...(first_trigger === undefined ? {} : { first_trigger }),
    ...(auto_approve_safe === undefined ? {} : { auto_approve_safe }),
    ...(emergency === undefined ? {} : { emergency }),
  };
}

/**
 * The gate with a store of its own, and all that leads up to it: what the activities do, without workflows and tools. One
 * stack, `envs/prod`; the clock stands still unless it is set.
 */
export async function openGateBench({ driver, git, url }: GateBenchOptions = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-gate-'));
  const store = await openStore({ url: null, dataDir });
  const signer = aSigner();
  const history = fakeHistory(dataDir);
  const clock = { ms: Date.parse('2026-03-02T08:00:00Z') };
  const tasks = new Map<string, Task>();
  const own = { host: 'bench', pid: 1, startedAt: '0', bootId: 'b', pidNamespace: 'n' };
  const repo = aRepo({ name: 'infra', ...(url === undefined ? {} : { url }) });
  let answering: Task | undefined;
  const deps: ActivityDeps = {
    store,
    artifacts: memoryArtifacts(),
    digestKey: randomBytes(32),
    drivers: driver ? [driver] : [],
    workbench: () => ({ git: git ?? history.git, tools: () => Promise.reject(new Error('no tools here')) }),
    secrets: { urlCredentials: {}, env: () => undefined },
    toolEnv: {},
    redactor: createRedactor(),
    log: testLog(),
    metrics: createMetrics(),
    dataDir,
    cacheDir: join(dataDir, 'cache'),
    worker: 'bench:1',
    toolQueue: 'bench',
    countPollers: async () => 1,
    concurrency: 1,
    searchAttributes: false,
    noWorkerAfterMs: 1_000,
    now: () => new Date(clock.ms),
    temporal: {
      request: async () => undefined,
      present: async () => undefined,
      runOf: async () => null,
      isOfSchedule: async () => false,
      parentOf: async () =>
        answering ? { workflowId: answering.workflowId, firstRunId: answering.runId } : null,
    },
    processes: {
      own,
      identify: async () => undefined,
      state: async () => 'running',
      writes: async () => false,
    },
    verifySigned: signer.verify,
    running: createRunningTasks(),
    records: { open: async () => ({ process: () => undefined, close: async () => undefined }) },
  };
  const steps = createApprovalSteps(deps);
  const pinned = createPinnedConfigs(deps);
  const { signal } = new AbortController();
  let started = clock.ms;

  const latest = async (): Promise<Approval | undefined> => store.approvals.latest(repo.name, STACK.key);
  const tell = async (verb: DecisionKind, message: DecisionMessage): Promise<string | null> => {
    const told = { repo: repo.name, key: STACK.key, verb, message };
    return (await steps.recordDecision(told)).refused?.code ?? null;
  };

  const nextTaskId = (): string => taskId(repo.name, Math.max(started + 1, clock.ms));
  return {
    store,
    /** The ID that the next task will have. */
    nextTaskId,
    signer,
    history,
    clock,
    repo,
    deps,
    latest,
    steps,
    tell,
    publish: (settings: PublishedSettings) => store.configs.publish(settings, deps.now().toISOString()),
    /** Begins a task of the newest commit and completes its one job with this plan. */
    plan: async (
      plan: StackPlan,
      more: Partial<TaskRequest> & { commit?: string; aside?: boolean } = {},
    ): Promise<Planned> => {
      const { commit = history.commits.at(-1)!.commit, aside = false, ...request } = more;
      const { kind = 'sync', actor = 'carol@example.com', trigger = 'cli' } = request;
      const id = nextTaskId();
      started = Math.max(started + 1, clock.ms);
      const { version } = (await store.configs.latest())!;
      const startedAt = new Date(started).toISOString();
      const run = { configVersion: version, workflowId: `repo/${repo.name}`, runId: id, startedAt };
      const task = await store.tasks.begin({
        id,
        repo: repo.name,
        kind,
        trigger,
        actor,
        stackKey: null,
        ...run,
      });
      tasks.set(id, task);
      const stack = { ...STACK, kind: driver?.kind ?? STACK.kind };
      const job = { id: jobId(repo.name, STACK.key, started), stack, queue: 'bench' };
      await store.stacks.discovered(repo.name, [stack], { complete: true });
      await store.tasks.discovered(id, commit, [job], startedAt, { aside });
      await store.jobs.start(job.id, 'bench:1', startedAt);
      await store.jobs.complete(job.id, { plan, contents: [], events: [] }, startedAt);
      return { task, jobId: job.id, commit, digest: plan.digest, request: { ...request, kind } };
    },
    /** As `decideStacks` does for each job. */
    decide: async ({ task, jobId: id, request }: Planned): Promise<Verdict> => {
      const config = await pinned(task.configVersion);
      const facts = await stackFacts(deps, config, { jobId: id, emergency: request.emergency }, signal);
      const verdict = stackVerdict(deps, config.settings, facts, request);
      await store.verdicts.put(id, verdict);
      return verdict;
    },
    present: async ({ task, jobId: id, request: { joined = [] } }: Planned): Promise<Approval> => {
      await presentApproval(deps, await pinned(task.configVersion), { jobId: id, joined }, signal);
      return (await latest())!;
    },
    /** A signed word about the present plan, or about another approval's. The refusal's code, or null. */
    say: async (
      by: string,
      verb: DecisionKind = 'approve',
      { about, aliases = [] }: { about?: Approval; aliases?: string[] } = {},
    ): Promise<string | null> => {
      const approval = about ?? (await latest());
      if (!approval) return 'not_waiting';
      return await tell(
        verb,
        signer.decision(approval, by, verb, 'looked at', deps.now().toISOString(), aliases),
      );
    },
    inputOf,
    /** Passes the gate, plans again (`meanwhile`), and begins: what a driver would do before its first change. */
    apply: async (
      planned: Planned,
      {
        input = inputOf(planned),
        run = { workflowId: `repo/${repo.name}/apply/${STACK.key}`, runId: 'apply' },
        meanwhile,
        backup,
        store: other = store,
      }: {
        input?: ApplyStackInput;
        run?: { workflowId: string; runId: string };
        meanwhile?: () => Promise<unknown>;
        backup?: StateBackup;
        /** In the place of the bench's own. */
        store?: ActivityDeps['store'];
      } = {},
    ): Promise<GateAnswer> => {
      answering = planned.task;
      const config = await pinned(input.config_version);
      try {
        const pass = await passGate(deps, config, input, { run, signal });
        await meanwhile?.();
        const record = await deps.records.open({ scratchDir: null });
        const work = { config, signal, progress: silentProgress(), record };
        const sink = { put: () => Promise.reject(new Error('nothing is kept here')), contents: [] };
        const attempt = openAttempt(
          { ...deps, store: other },
          { input, pass, work, sink, outputPath: join(dataDir, 'output') },
        );
        try {
          await attempt.begin({ backup: backup ?? null });
          await attempt.end({ status: 'applied', summary: 'Applied.', error: null });
        } finally {
          await attempt.close();
        }
        return { attempt: (await store.attempts.get(attemptIdOf(planned.jobId)))!, refused: null };
      } catch (error) {
        if (!(error instanceof PlumblineError) || error.code !== 'apply_refused') throw error;
        const { error_code } = await refuseApply(deps, config.settings, input, error);
        return { attempt: null, refused: String(error_code) };
      }
    },
    /** Notes a sync as an apply that was verified does. */
    synced: ({ commit, digest, jobId: id }: Planned) =>
      store.syncs.put({
        repo: repo.name,
        stackKey: STACK.key,
        commit,
        digest,
        heals: [],
        at: deps.now().toISOString(),
        attemptId: attemptIdOf(id),
      }),
    endTask: ({ task }: Planned) =>
      store.tasks.finish(task.id, { status: 'completed', error: null }, deps.now().toISOString()),
    close: async () => {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The bench, opened. */
export type GateBench = Awaited<ReturnType<typeof openGateBench>>;
