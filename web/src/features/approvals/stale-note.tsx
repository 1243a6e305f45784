import { IconHistoryToggle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ApprovalJson } from '../../api/types.ts';
import { shortDigest } from './approval-words.ts';
import classes from './approval-card.module.css';

/** What moved between a plan that people were asked about and the one that took its place. */
export function StaleNote({
  approval,
  successor,
}: {
  approval: ApprovalJson;
  successor: ApprovalJson | undefined;
}) {
  if (approval.status === 'dismissed') {
    return (
      <Note title="This plan is stale">
        {successor?.replaces
          ? `Plan ${shortDigest(successor.digest)} took its place.`
          : 'Another plan took its place.'}{' '}
        Decisions about it no longer count.
        <Moved moved={successor?.replaces?.moved ?? []} />
      </Note>
    );
  }
  if (approval.replaces === null) return null;
  if (approval.replaces.digest === approval.digest) {
    return (
      <Note title="A newer commit has touched this stack since people were asked">
        The plan is the same, but earlier approvals no longer count.
      </Note>
    );
  }
  return (
    <Note title="The plan has changed since people were asked">
      It took the place of plan {shortDigest(approval.replaces.digest)}, whose decisions no longer count.
      <Moved moved={approval.replaces.moved} />
    </Note>
  );
}

function Note({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.stale} role="note">
      <IconHistoryToggle size={18} aria-hidden />
      <div>
        <strong>{title}</strong>
        <div>{children}</div>
      </div>
    </div>
  );
}

function Moved({ moved }: { moved: readonly string[] }) {
  if (moved.length === 0) return null;
  return (
    <>
      <span className={classes.movedLabel}>What moved:</span>
      <ul className={classes.moved}>
        {moved.map((address) => (
          <li key={address}>
            <code>{address}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
