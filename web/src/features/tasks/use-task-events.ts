import { useEffect, useReducer, useRef } from 'react';
import { messageOf } from '../../api/api-error.ts';
import { useApi } from '../../api/api-context.ts';
import type { LogLineJson, TaskEventJson, TaskJson } from '../../api/types.ts';
import { followTask } from './follow-task.ts';

const KEPT_LINES = 1_000;

/** A task as it is seen live. `task` is null until the first event. */
export interface TaskView {
  task: TaskJson | null;
  log: LogLineJson[];
  connection: 'connecting' | 'live' | 'lost' | 'ended' | 'refused';
  problem: string | null;
}

type Step =
  | { type: 'reset' }
  | { type: 'event'; event: TaskEventJson }
  | { type: 'connection'; open: boolean }
  | { type: 'refused'; problem: string };

const EMPTY: TaskView = { task: null, log: [], connection: 'connecting', problem: null };

/** Follows a task live and calls `onEnd` once it has ended. Lines that arrive twice are kept once. */
export function useTaskEvents(taskId: string, onEnd: (task: TaskJson) => void): TaskView {
  const api = useApi();
  const [view, step] = useReducer(reduce, EMPTY);
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    const stop = new AbortController();
    step({ type: 'reset' });
    const handlers = {
      onEvent: (event: TaskEventJson) => {
        step({ type: 'event', event });
        if (event.type === 'end') end.current(event.task);
      },
      onConnection: (open: boolean) => step({ type: 'connection', open }),
    };
    followTask(api, taskId, handlers, stop.signal).catch((error: unknown) =>
      step({ type: 'refused', problem: messageOf(error) }),
    );
    return () => stop.abort();
  }, [api, taskId]);
  return view;
}

function reduce(view: TaskView, step: Step): TaskView {
  switch (step.type) {
    case 'reset':
      return EMPTY;
    case 'connection':
      return view.connection === 'ended' ? view : { ...view, connection: step.open ? 'live' : 'lost' };
    case 'refused':
      return { ...view, connection: 'refused', problem: step.problem };
    case 'event':
      return withEvent(view, step.event);
  }
}

function withEvent(view: TaskView, event: TaskEventJson): TaskView {
  if (event.type === 'task') return { ...view, task: event.task };
  if (event.type === 'end') return { ...view, task: event.task, connection: 'ended' };
  const last = view.log.at(-1);
  if (last && last.seq >= event.seq) return view;
  return { ...view, log: [...view.log, event].slice(-KEPT_LINES) };
}
