import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import { createNamespace } from '../namespaces.ts';
import { applyOrder, type ApplyStage } from '../order/apply-order.ts';
import { pruneOrder, type PruneStage } from '../order/prune-order.ts';
import type { PlannedObject, PlannedPrune, PlannedStack } from '../planned-stack.ts';
import type { Session } from '../session.ts';
import type { ApplyLog } from './apply-log.ts';
import { runHooks } from './hook-run.ts';
import { explain, untilHealthy } from './wait.ts';
import { removeObject, typeOf, writeObject, type ApplyRecord } from './write-object.ts';

/** What was written, by address, as the server keeps it; null: it was deleted. */
export type Written = ReadonlyMap<string, KubeObject | null>;

/** What a run of all stages notes while it goes. */
export interface StagesRun {
  log: ApplyLog;
  record: ApplyRecord;
  done: Map<string, KubeObject | null>;
}

interface Run extends StagesRun {
  session: Session;
  startedAt: Date;
}

/**
 * Writes what a plan would change, stage by stage; what is pruned in a wave goes before what is written in it. A failure
 * stops all that would have come after its stage, and then the hooks for failures run.
 * @returns what stopped it; null when nothing did
 */
export async function runStages(
  session: Session,
  planned: PlannedStack,
  noted: StagesRun,
): Promise<{ code: string; message: string } | null> {
  const run: Run = { ...noted, session, startedAt: new Date() };
  const order = applyOrder(
    planned.objects.filter(({ change, rules }) => isWritten(change) || rules.hook !== null),
  );
  const waves = order.stages.filter(({ phase }) => phase === 'Sync').map(({ wave }) => wave);
  const prunes = pruneOrder(
    planned.prunes.filter(({ change }) => isWritten(change)),
    waves,
  ).stages;
  try {
    if (planned.createsNamespace !== null) await createNamespace(session, planned.createsNamespace);
    for (const stage of order.stages) {
      await prunesBefore(run, prunes, stage);
      await runStage(run, stage);
    }
    while (prunes.length > 0) await pruneStage(run, prunes.shift()!);
    return null;
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    await run.log.line(`failed: ${error.message}`);
    for (const stage of order.onFailure) await runStage(run, stage).catch(() => undefined);
    return { code: error.code, message: error.message };
  }
}

function isWritten(change: PlannedObject['change']): boolean {
  return change !== null && change.action !== 'none';
}

/** What is pruned no later than a stage's wave; all of it before the hooks that come after the sync. */
async function prunesBefore(
  run: Run,
  prunes: PruneStage<PlannedPrune>[],
  { phase, wave }: ApplyStage<PlannedObject>,
): Promise<void> {
  if (phase === 'PreSync') return;
  const last = phase === 'PostSync' ? Infinity : wave;
  while (prunes.length > 0 && prunes[0]!.wave <= last) await pruneStage(run, prunes.shift()!);
}

async function runStage(run: Run, stage: ApplyStage<PlannedObject>): Promise<void> {
  const { session } = run;
  if (stage.delayMs > 0) await delay(stage.delayMs, undefined, signalOf(session));
  const hooks = stage.objects.filter(({ rules }) => rules.hook !== null);
  const plain = stage.objects.filter(({ rules }) => rules.hook === null);
  await allOf(
    plain.map(async (planned) => {
      run.done.set(planned.address, await writeObject(session, planned, run.record));
      await run.log.line(`${pastTense(planned.change!.action)} ${planned.address}`);
    }),
  );
  await runHooks(session, hooks, { ...run, phase: stage.phase });
  if (stage.waitFor === 'established' || stage.waitFor === 'healthy') await waitFor(run, stage);
}

async function waitFor({ session, log }: Run, stage: ApplyStage<PlannedObject>): Promise<void> {
  const waited = stage.awaited.filter(({ rules }) => rules.hook === null && !rules.ignoreHealth);
  const sought = await Promise.all(
    waited.map(async (planned) => ({ id: planned.id, type: await typeOf(session, planned) })),
  );
  const unwell = await untilHealthy(session, sought);
  if (unwell.length === 0) return;
  const why = await explain(session, unwell);
  await log.line(why);
  throw new PlumblineError(
    'unhealthy',
    `Wave ${stage.wave} did not become healthy, so that nothing after it was written: ${why}.`,
  );
}

async function pruneStage({ session, log, done }: Run, { objects }: PruneStage<PlannedPrune>): Promise<void> {
  await allOf(
    objects.map(async (planned) => {
      await removeObject(session, planned, planned.propagation);
      done.set(planned.address, null);
      await log.line(`deleted ${planned.address}`);
    }),
  );
}

/** All of them to their end: a write that is on its way is never left alone. The first failure counts, with how many more. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1 || !(first instanceof PlumblineError)) throw first;
  throw new PlumblineError(first.code, `${first.message} (and ${failures.length - 1} more failed)`, {
    cause: first,
    retryable: first.retryable,
  });
}

function pastTense(action: string): string {
  return action === 'create' ? 'created' : action === 'replace' ? 'made anew' : 'updated';
}

function signalOf({ request }: Session): { signal?: AbortSignal } {
  return request.signal ? { signal: request.signal } : {};
}
