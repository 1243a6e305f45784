import { Link } from 'react-router';
import { stackPage } from '../../api/paths.ts';
import type { ApprovalStatus, EnvironmentDetailJson } from '../../api/types.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { STATUS_ORDER } from '../../ui/status.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { ApprovalStatusBadge } from '../approvals/approval-status.tsx';
import { APPROVAL_LOOKS, isOpen } from '../approvals/approval-words.ts';
import classes from './environments.module.css';

type Member = EnvironmentDetailJson['members'][number];

/** The stacks of an environment, those that need something first. */
export function EnvironmentMembers({ environment }: { environment: EnvironmentDetailJson }) {
  const sorted = [...environment.members].sort(
    (a, b) => place(a) - place(b) || (`${a.repo} ${a.stack}` < `${b.repo} ${b.stack}` ? -1 : 1),
  );
  return (
    <section className="section" aria-labelledby="members-title">
      <div className="section-head">
        <h2 id="members-title">Stacks</h2>
        <span className="muted num">{sorted.length}</span>
      </div>
      {sorted.length === 0 ? (
        <p className="muted">No stack belongs to it yet.</p>
      ) : (
        <ul className={`card ${classes.members}`}>
          {sorted.map((member) => (
            <MemberRow key={`${member.repo} ${member.stack}`} member={member} />
          ))}
        </ul>
      )}
    </section>
  );
}

function MemberRow({ member }: { member: Member }) {
  const approval = openApproval(member.approval);
  return (
    <li className={classes.member}>
      <StatusBadge status={member.status} />
      <Link to={stackPage(member.repo, member.stack)} data-row-link>
        {member.repo} / <StackLabel stackKey={member.stack} />
      </Link>
      <SeverityBadge severity={member.severity} />
      <span>
        {approval === null ? (
          <span className="muted">
            synced <RelativeTime at={member.synced_at} />
          </span>
        ) : (
          <ApprovalStatusBadge status={approval} />
        )}
      </span>
      <span className="muted">
        scanned <RelativeTime at={member.scanned_at} />
      </span>
    </li>
  );
}

function openApproval(status: string | null): ApprovalStatus | null {
  if (status === null || !(status in APPROVAL_LOOKS)) return null;
  return isOpen(status as ApprovalStatus) ? (status as ApprovalStatus) : null;
}

function place({ status }: Member): number {
  const index = STATUS_ORDER.findIndex((known) => known === status);
  return index === -1 ? STATUS_ORDER.length : index;
}
