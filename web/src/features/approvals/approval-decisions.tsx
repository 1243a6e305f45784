import { IconCheck, IconUserQuestion, IconX } from '@tabler/icons-react';
import type { ApprovalJson, DecisionJson } from '../../api/types.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { isOpen, wayWords } from './approval-words.ts';
import classes from './approval-card.module.css';

/** Who has decided what, and what is still missing. */
export function ApprovalDecisions({ approval }: { approval: ApprovalJson }) {
  const asks = isOpen(approval.status) && approval.missing.length > 0;
  return (
    <ul className={classes.decisions} aria-label="Decisions">
      {approval.decisions.map((decision) => (
        <DecisionLine key={`${decision.by} ${decision.at} ${decision.kind}`} decision={decision} />
      ))}
      {asks &&
        approval.missing.map((missing) => (
          <li key={missing} className={classes.decision} data-kind="missing">
            <IconUserQuestion size={16} aria-hidden />
            <span>Still missing: {missing}</span>
          </li>
        ))}
      {!asks && approval.decisions.length === 0 && <li className="muted">Nobody has decided.</li>}
    </ul>
  );
}

function DecisionLine({ decision }: { decision: DecisionJson }) {
  const Icon = decision.kind === 'approve' ? IconCheck : IconX;
  const verb = decision.kind === 'approve' ? 'approved' : 'rejected';
  return (
    <li
      className={classes.decision}
      data-kind={decision.kind}
      data-withdrawn={decision.withdrawn_at !== null || undefined}
    >
      <Icon size={16} stroke={2.4} aria-hidden />
      <span>
        <span className={classes.said}>
          <strong>{decision.by}</strong> {verb}
        </span>{' '}
        <span className="muted">
          <RelativeTime at={decision.at} /> {wayWords(decision.via)}
          {decision.signed ? ', signed' : ', unsigned'}
          {decision.withdrawn_at !== null && (
            <>
              {' '}
              (taken back <RelativeTime at={decision.withdrawn_at} />)
            </>
          )}
        </span>
        {decision.reason !== '' && (
          <span className={classes.quote}>
            “<bdi>{decision.reason}</bdi>”
          </span>
        )}
      </span>
    </li>
  );
}
