import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import type { StackState } from '../domain/task.ts';
import type { Driver, PlanContext } from '../drivers/driver.ts';
import { PlumblineError } from '../util/errors.ts';
import type { InspectStackInput, InspectStackResult } from '../workflows/inspect-inputs.ts';
import { asActivity } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { inStackContext, type DriverRun } from './plan-context.ts';
import { silentProgress } from './progress.ts';
import { stackFolders } from './stack-folders.ts';
import type { ToolShared } from './tool-activity.ts';
import type { ToolActivities } from './types.ts';

/** Between two signs of life. */
const BEAT_MS = 5_000;

/** The activity that looks at what a stack has, at the commit of its last plan. */
export function createInspectStack(deps: ActivityDeps, shared: ToolShared): ToolActivities['inspectStack'] {
  return (input) =>
    asActivity(deps.redactor, { retry: false }, async () => {
      const beat = setInterval(() => heartbeat({ step: 'inspect' }), BEAT_MS);
      const record = await deps.records.open({ scratchDir: null });
      try {
        return await inspect(deps, shared, input, record);
      } finally {
        clearInterval(beat);
        await record.close();
      }
    });
}

async function inspect(
  deps: ActivityDeps,
  { pinned }: ToolShared,
  { repo, key, orphans = false }: InspectStackInput,
  record: Awaited<ReturnType<ActivityDeps['records']['open']>>,
): Promise<InspectStackResult> {
  const { stack, driver, commit } = await inspectable(deps, { repo, key });
  const config = await pinned((await latestConfig(deps.store)).version);
  const runId = activityInfo().workflowExecution?.runId ?? 'local';
  const about = { repo, key, commit, job_id: stack.jobId ?? key };
  const run: DriverRun = {
    input: about,
    stack,
    driver,
    folders: stackFolders(deps.dataDir, repo, key, `inspect-${runId}`),
    sink: { put: keepNothing, contents: [] },
    inTurn: (tool) => tool(),
  };
  const { cancellationSignal: signal } = Context.current();
  const work = { config, signal, progress: silentProgress(), record };
  const found = await inStackContext(deps, run, work, (context) => driver.inspect!(context, { orphans }));
  const at = deps.now().toISOString();
  await deps.store.resources.looked(repo, key, found, at);
  return { at, resources: found.resources.length, orphans: found.orphans?.length ?? null };
}

/** A stack whose driver looks at what it has, and the commit to look at. */
async function inspectable(
  { store, drivers }: ActivityDeps,
  { repo, key }: { repo: string; key: string },
): Promise<{ stack: StackState; driver: Driver; commit: string }> {
  const stack = await store.stacks.get(repo, key);
  const driver = drivers.find(({ kind }) => kind === stack?.kind);
  if (!stack || !driver) throw new PlumblineError('stack_not_found', `${repo} has no known stack "${key}".`);
  if (!driver.inspect)
    throw new PlumblineError(
      'inspect_unsupported',
      `What stacks of kind ${driver.kind} have can't be looked at; their plan says what differs.`,
    );
  if (stack.commit === null) throw new PlumblineError('stack_not_found', `${key} was never planned.`);
  return { stack, driver, commit: stack.commit };
}

/** A look belongs to no job: what it would leave behind is of no use to anybody. */
const keepNothing: PlanContext['artifacts'] = async (kind, content) => ({
  kind,
  digest: '',
  sizeBytes: Buffer.byteLength(content),
  encrypted: false,
});
