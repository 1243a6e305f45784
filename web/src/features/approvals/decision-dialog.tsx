import type { ApprovalJson } from '../../api/types.ts';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { actionsText } from './approval-words.ts';
import { useDecide, type Verb } from './decide-approval.ts';
import classes from './approval-card.module.css';

const WORDS: Record<Verb, { title: string; button: string; color: string; label: string; says: string }> = {
  approve: {
    title: 'Approve this plan',
    button: 'Approve',
    color: 'ink',
    label: 'Comment',
    says: 'Your approval counts for exactly this plan. Should anything move before it is applied, people are asked again.',
  },
  reject: {
    title: 'Reject this plan',
    button: 'Reject',
    color: 'red.9',
    label: 'Reason',
    says: 'A rejection blocks this plan until you take it back, however many others approve.',
  },
  withdraw: {
    title: 'Take your decision back',
    button: 'Take it back',
    color: 'ink',
    label: 'Comment',
    says: 'Your decision no longer counts afterwards. You can decide again.',
  },
};

/** Asks for the reason and sends the decision; a refusal is shown in the dialog, which then stays open. */
export function DecisionDialog({
  approval,
  verb,
  onClose,
}: {
  approval: ApprovalJson;
  verb: Verb;
  onClose: () => void;
}) {
  const decide = useDecide(approval);
  const words = WORDS[verb];
  return (
    <ReasonDialog
      title={words.title}
      button={words.button}
      color={words.color}
      label={words.label}
      needed={verb === 'reject'}
      missing="Say why, so that the author knows what to change."
      busy={decide.isPending}
      failure={decide.error}
      onSubmit={(reason) => decide.mutate({ verb, reason }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <dl className={classes.summary}>
        <dt>Stack</dt>
        <dd>
          {approval.repo} / <StackLabel stackKey={approval.stack} />
        </dd>
        <dt>Changes</dt>
        <dd>{actionsText(approval.actions)}</dd>
        <dt>Plan</dt>
        <dd>
          <code className={classes.digest}>{approval.digest}</code>
        </dd>
      </dl>
      <p className={classes.says}>{words.says}</p>
    </ReasonDialog>
  );
}
