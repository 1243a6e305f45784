import { Button, CloseButton } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { Link } from 'react-router';
import { messageOf } from '../../api/api-error.ts';
import { taskPage } from '../../api/paths.ts';
import type { TaskJson } from '../../api/types.ts';
import { spanText } from '../../ui/time.ts';
import { useNow } from '../../ui/use-now.ts';
import { useCancelTask } from './cancel-task.ts';
import { TaskAnnouncer } from './task-announcer.tsx';
import { TaskLog } from './task-log.tsx';
import { TaskProgress } from './task-progress.tsx';
import { isActive, taskSentence } from './task-words.ts';
import { useTaskEvents } from './use-task-events.ts';
import classes from './task-panel.module.css';

/** A task followed live to its end: progress, counts, log, and a way to cancel it. */
export function TaskPanel({
  task: known,
  onEnd,
  onClose,
  log = 'here',
}: {
  task: TaskJson;
  onEnd: (task: TaskJson) => void;
  /** What the close button does once the task has ended; null for none. */
  onClose: (() => void) | null;
  /** Whether the log stands in the panel; elsewhere on the page, the panel leads to the whole of it instead. */
  log?: 'here' | 'elsewhere';
}) {
  const view = useTaskEvents(known.id, onEnd);
  const task = view.task ?? known;
  const running = isActive(task);
  return (
    <section className={`card ${classes.panel}`} aria-label="Task" data-status={task.status}>
      <div className={classes.head}>
        <h2 className={classes.title}>{taskSentence(task)}</h2>
        <Connection state={view.connection} running={running} />
        <Elapsed task={task} />
        {running && <CancelButton task={task} />}
        {!running && onClose !== null && <CloseButton aria-label="Close" onClick={onClose} />}
      </div>
      <TaskProgress task={task} />
      <Counts task={task} />
      {task.error !== null && <p className={classes.error}>{task.error.message}</p>}
      {view.problem !== null && <p className={classes.error}>The live view ended: {view.problem}</p>}
      {log === 'here' ? (
        <TaskLog lines={view.log} ended={view.connection === 'ended'} />
      ) : (
        <p>
          <Link to={taskPage(task.id)}>Whole log of this task</Link>
        </p>
      )}
      <TaskAnnouncer task={task} />
    </section>
  );
}

function Connection({ state, running }: { state: string; running: boolean }) {
  if (!running || state === 'refused') return null;
  const words = state === 'live' ? 'Live' : state === 'lost' ? 'Reconnecting' : 'Connecting';
  return (
    <span className={classes.live} data-state={state}>
      {words}
    </span>
  );
}

function Elapsed({ task }: { task: TaskJson }) {
  const now = useNow(1_000);
  return <span className="muted num">{spanText(task.started_at, task.ended_at, now)}</span>;
}

function CancelButton({ task }: { task: TaskJson }) {
  const cancel = useCancelTask(task);
  const asked = cancel.isPending || cancel.isSuccess;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlayerStop size={15} aria-hidden />}
        disabled={asked}
        onClick={() => cancel.mutate()}
      >
        {asked ? 'Cancelling' : 'Cancel'}
      </Button>
      {cancel.isError && <span role="alert">{messageOf(cancel.error)}</span>}
    </>
  );
}

function Counts({ task }: { task: TaskJson }) {
  const counts = [
    ['queued', task.queued],
    ['running', task.running],
    ['completed', task.completed],
    ['failed', task.failed],
    ['drifted', task.live_drifted],
    ['pending', task.pending],
    ['errored', task.errored],
  ] as const;
  return (
    <dl className={classes.counts}>
      {counts.map(([label, count]) => (
        <div key={label} data-zero={count === 0 || undefined}>
          <dt>{label}</dt>
          <dd className="num">{count}</dd>
        </div>
      ))}
    </dl>
  );
}
