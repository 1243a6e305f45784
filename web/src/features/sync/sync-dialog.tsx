import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { taskPage } from '../../api/paths.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { useStartSync, type StartedSync, type SyncTarget } from './start-sync.ts';
import classes from './sync-dialog.module.css';

/** Says what a sync does, asks whether it is a dry run and why, and shows the tasks that it became. */
export function SyncDialog({
  target,
  name,
  onClose,
}: {
  target: SyncTarget;
  name: string;
  onClose: () => void;
}) {
  const sync = useStartSync(target);
  const [dryRun, setDryRun] = useState(false);
  if (sync.isSuccess) {
    return (
      <Dialog opened onClose={onClose} title={`Sync ${name}`}>
        <Started tasks={sync.data} />
      </Dialog>
    );
  }
  return (
    <ReasonDialog
      title={`Sync ${name}`}
      button={dryRun ? 'Start the dry run' : 'Start the sync'}
      needed={false}
      missing=""
      busy={sync.isPending}
      failure={sync.error}
      onSubmit={(reason) => sync.mutate({ dryRun, reason })}
      onClose={onClose}
    >
      <p className={classes.says}>
        Plans each stack, asks people where the policy wants it, applies exactly what was planned, and
        verifies it.
      </p>
      <Checkbox
        label="Dry run"
        description="Plans and says what would happen. Nothing is applied and nobody is asked."
        checked={dryRun}
        onChange={(event) => setDryRun(event.currentTarget.checked)}
      />
    </ReasonDialog>
  );
}

function Started({ tasks }: { tasks: readonly StartedSync[] }) {
  if (tasks.length === 0) return <p role="status">No repo holds a stack of it: nothing was started.</p>;
  return (
    <ul className={classes.tasks}>
      {tasks.map(({ repo, taskId, queued }) => (
        <li key={taskId}>
          <strong>{repo}</strong>: {queued ? 'queued behind the running task.' : 'started.'}{' '}
          <Link to={taskPage(taskId)}>Follow it</Link>
        </li>
      ))}
    </ul>
  );
}
