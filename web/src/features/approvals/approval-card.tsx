import { useId } from 'react';
import { Link } from 'react-router';
import { environmentPage, stackPage, taskPage } from '../../api/paths.ts';
import type { ApprovalJson } from '../../api/types.ts';
import { Fact } from '../../ui/fact.tsx';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { ApprovalButtons } from './approval-buttons.tsx';
import { ApprovalDecisions } from './approval-decisions.tsx';
import { ApprovalStatusBadge } from './approval-status.tsx';
import { actionsText, isOpen, peopleWords, shortDigest } from './approval-words.ts';
import { StaleNote } from './stale-note.tsx';
import classes from './approval-card.module.css';

/** One approval: what would change and where, why people are asked, who has decided, and the buttons. */
export function ApprovalCard({
  approval,
  successor,
  linked = true,
}: {
  approval: ApprovalJson;
  /** The plan that took this one's place. */
  successor?: ApprovalJson | undefined;
  /** Whether the name leads to the stack's page; not on that page itself. */
  linked?: boolean;
}) {
  const id = useId();
  return (
    <article className={`card ${classes.card}`} aria-labelledby={id} data-status={approval.status}>
      <header className={classes.head}>
        <ApprovalStatusBadge status={approval.status} />
        <h3 id={id} className={classes.name}>
          {linked ? (
            <Link to={stackPage(approval.repo, approval.stack)} data-row-link>
              {approval.repo} / <StackLabel stackKey={approval.stack} />
            </Link>
          ) : (
            `Approval of plan ${shortDigest(approval.digest)}`
          )}
        </h3>
        {approval.environment !== null && (
          <Link className={classes.environment} to={environmentPage(approval.environment)}>
            {approval.environment}
          </Link>
        )}
        <span className={classes.severity}>
          <SeverityBadge severity={approval.severity} />
        </span>
      </header>
      <div className={classes.body}>
        <div className={classes.what}>
          <p className={classes.actions}>{`Would ${actionsText(approval.actions)}`}</p>
          <Reasons reasons={approval.reasons} />
          <StaleNote approval={approval} successor={successor} />
          <Facts approval={approval} />
        </div>
        <div className={classes.people}>
          <h4>
            {approval.approved_by.length} of {approval.required} approved
          </h4>
          <ApprovalDecisions approval={approval} />
        </div>
      </div>
      <ApprovalButtons approval={approval} />
    </article>
  );
}

function Reasons({ reasons }: { reasons: readonly string[] }) {
  if (reasons.length === 0) return null;
  return (
    <>
      <p className={classes.label}>Why a person is needed</p>
      <ul className={classes.reasons}>
        {reasons.map((reason) => (
          <li key={reason}>
            <bdi>{reason}</bdi>
          </li>
        ))}
      </ul>
    </>
  );
}

function Facts({ approval }: { approval: ApprovalJson }) {
  return (
    <dl className={classes.facts}>
      <Fact label="Detected">
        <RelativeTime at={approval.detected_at} />
      </Fact>
      <Fact label="Asked">
        <RelativeTime at={approval.presented_at} />
      </Fact>
      {isOpen(approval.status) && approval.expires_at !== null && (
        <Fact label="Expires">
          <RelativeTime at={approval.expires_at} />
        </Fact>
      )}
      {approval.reminders.last_at !== null && (
        <Fact
          label={approval.reminders.times === 1 ? 'Reminded' : `Reminded ${approval.reminders.times} times`}
        >
          <RelativeTime at={approval.reminders.last_at} />
        </Fact>
      )}
      {approval.reminders.escalated_at !== null && (
        <Fact label="Escalated">
          to {approval.reminders.escalated_to.join(', ')},{' '}
          <RelativeTime at={approval.reminders.escalated_at} />
        </Fact>
      )}
      <Authors people={peopleWords(approval.authors)} />
      {approval.pusher !== null && <Fact label="Pushed by">{approval.pusher}</Fact>}
      {approval.started_by !== '' && <Fact label="Started by">{approval.started_by}</Fact>}
      <Fact label="Commit">
        <Commit sha={approval.commit} />
      </Fact>
      <Fact label="Plan">
        <code title={approval.digest}>{shortDigest(approval.digest)}</code>
      </Fact>
      <Fact label="Task">
        <Link to={taskPage(approval.task_id)}>open</Link>
      </Fact>
    </dl>
  );
}

function Authors({ people }: { people: readonly string[] }) {
  if (people.length === 0) return null;
  return (
    <Fact label={people.length === 1 ? 'Author' : 'Authors'}>
      <ul>
        {people.map((person) => (
          <li key={person}>
            <bdi>{person}</bdi>
          </li>
        ))}
      </ul>
    </Fact>
  );
}
