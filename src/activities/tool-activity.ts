import { Context } from '@temporalio/activity';
import { asActivity } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import type { LiveLog } from './live-log.ts';
import type { PinnedConfig } from './pinned-config.ts';
import { reportProgress, type ProgressReport } from './progress.ts';
import type { Slots } from '../util/slots.ts';
import type { ToolRecord } from './tool-records.ts';

/** What the work of a tool activity is given. */
export interface ToolWork {
  config: PinnedConfig;
  /** Aborted when the activity is cancelled, the worker stops, or the task was cancelled in the store. */
  signal: AbortSignal;
  progress: ProgressReport;
  record: ToolRecord;
}

/** What the tool activities of a process share. */
export interface ToolShared {
  pinned: (version: number) => Promise<PinnedConfig>;
  liveLog: LiveLog;
  /** Places for tools: the plans beyond that number prepare, or save their result. */
  slots: Slots;
  /** Places for stacks that are planned side by side, in however many batches. */
  manySlots: Slots;
}

/**
 * The frame of every activity that runs tools: it heartbeats, can be cancelled through Temporal and through the store,
 * leaves a record for the worker's successor, and maps errors. It ends only when `work` has ended.
 */
export async function toolActivity<T>(
  deps: ActivityDeps,
  { pinned, liveLog }: ToolShared,
  about: { taskId: string; stackKey: string | null; configVersion: number; scratchDir: string | null },
  work: (given: ToolWork) => Promise<T>,
): Promise<T> {
  const { cancellationSignal } = Context.current();
  const stopped = deps.running.enter(about.taskId);
  try {
    const config = await asActivity(deps.redactor, { retry: true }, () => pinned(about.configVersion));
    const { renewEveryMs, retryOnce } = config.settings.worker;
    const progress = reportProgress(deps, liveLog, { ...about, renewEveryMs });
    const record = await deps.records.open({ scratchDir: about.scratchDir });
    try {
      const signal = AbortSignal.any([cancellationSignal, stopped.signal]);
      return await asActivity(deps.redactor, { retry: retryOnce, stopped: stopped.signal }, () =>
        work({ config, signal, progress, record }),
      );
    } finally {
      await progress.close();
      await record.close();
    }
  } finally {
    stopped.done();
  }
}

/** The same for a step of a whole task, which belongs to no stack and leaves nothing in a folder. */
export function taskActivity<T>(
  deps: ActivityDeps,
  shared: ToolShared,
  input: { task_id: string; config_version: number },
  work: (given: ToolWork) => Promise<T>,
): Promise<T> {
  const about = {
    taskId: input.task_id,
    stackKey: null,
    configVersion: input.config_version,
    scratchDir: null,
  };
  return toolActivity(deps, shared, about, work);
}
