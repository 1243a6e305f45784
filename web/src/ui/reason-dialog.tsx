import { Button, Textarea } from '@mantine/core';
import { useRef, useState, type ReactNode, type SubmitEvent } from 'react';
import { messageOf } from '../api/api-error.ts';
import { Dialog } from './dialog.tsx';
import classes from './reason-dialog.module.css';

/** Asks for a reason before something is done; `failure` is what the server said against it. */
export function ReasonDialog({
  title,
  button,
  color = 'ink',
  needed,
  missing,
  label = 'Reason',
  busy,
  failure,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  button: string;
  color?: string;
  /** Whether it is done only with a reason. */
  needed: boolean;
  /** What is said when a needed reason was left out. */
  missing: string;
  label?: string;
  busy: boolean;
  failure: unknown;
  onSubmit: (reason: string) => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const given = reason.trim();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setAsked(true);
    if (given !== '' || !needed) onSubmit(given);
    else field.current?.focus();
  };
  return (
    <Dialog opened onClose={onClose} title={title}>
      <form onSubmit={submit} noValidate className={classes.form}>
        {children}
        <Textarea
          ref={field}
          data-autofocus
          label={needed ? label : `${label} (optional)`}
          withAsterisk={needed}
          aria-required={needed}
          error={needed && asked && given === '' ? missing : undefined}
          rows={3}
          maxLength={2_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {failure !== null && failure !== undefined && (
          <p role="alert" className={classes.refusal}>
            {messageOf(failure)}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color={color} loading={busy}>
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
