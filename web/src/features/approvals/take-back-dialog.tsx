import { Button } from '@mantine/core';
import { messageOf } from '../../api/api-error.ts';
import type { ApprovalJson } from '../../api/types.ts';
import { Dialog } from '../../ui/dialog.tsx';
import form from '../../ui/reason-dialog.module.css';
import classes from './approval-card.module.css';
import { useTakeBack } from './take-back-approval.ts';

/** Says what taking a request back does, and does it; a refusal is shown in the dialog, which then stays open. */
export function TakeBackDialog({ approval, onClose }: { approval: ApprovalJson; onClose: () => void }) {
  const takeBack = useTakeBack(approval);
  return (
    <Dialog opened onClose={onClose} title="Take the request back">
      <div className={form.form}>
        <p className={classes.says}>
          Nobody is asked any more about any plan of <bdi>{approval.task_id}</bdi>, and none of those that
          wait is applied. What was applied already stays.
        </p>
        {takeBack.isError && (
          <p role="alert" className={form.refusal}>
            {messageOf(takeBack.error)}
          </p>
        )}
        <div className={form.buttons}>
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button
            color="red.9"
            loading={takeBack.isPending}
            onClick={() => takeBack.mutate(undefined, { onSuccess: onClose })}
          >
            Take it back
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
