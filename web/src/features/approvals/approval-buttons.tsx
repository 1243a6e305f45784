import { Button } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconInfoCircle, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useApi } from '../../api/api-context.ts';
import type { ApprovalJson } from '../../api/types.ts';
import { meQuery } from '../me/get-me.ts';
import { asSentence, isOpen } from './approval-words.ts';
import type { Verb } from './decide-approval.ts';
import { TakeBackButton } from './take-back-button.tsx';
import { DecisionDialog } from './decision-dialog.tsx';
import classes from './approval-card.module.css';

/** Approve, reject, or take back. What the person may not do is off, and says why in words. */
export function ApprovalButtons({ approval }: { approval: ApprovalJson }) {
  const me = useQuery(meQuery(useApi())).data;
  const [asked, setAsked] = useState<Verb | null>(null);
  const whyId = useId();
  const { may_approve: mayApprove, may_reject: mayReject, why } = approval.you;
  const started = me !== undefined && approval.started_by === me.id;
  const mine = approval.decisions.some(({ by, withdrawn_at }) => by === me?.id && withdrawn_at === null);
  if (!isOpen(approval.status)) return null;
  const decided = approval.status !== 'waiting' && !mayApprove;
  const says = !mayApprove && why !== null ? why : null;
  return (
    <div className={classes.foot}>
      <div className={classes.buttons}>
        {!decided && (
          <Button
            size="sm"
            leftSection={<IconCheck size={17} aria-hidden />}
            disabled={!mayApprove}
            aria-describedby={says === null ? undefined : whyId}
            onClick={() => setAsked('approve')}
          >
            Approve
          </Button>
        )}
        {(mayReject || !decided) && (
          <Button
            size="sm"
            variant="default"
            leftSection={<IconX size={17} aria-hidden />}
            disabled={!mayReject}
            aria-describedby={says === null ? undefined : whyId}
            onClick={() => setAsked('reject')}
          >
            Reject
          </Button>
        )}
        {mine && (
          <Button
            size="sm"
            variant="subtle"
            leftSection={<IconArrowBackUp size={17} aria-hidden />}
            onClick={() => setAsked('withdraw')}
          >
            Take my decision back
          </Button>
        )}
        {approval.you.may_take_back && started && <TakeBackButton approval={approval} />}
      </div>
      {says !== null && (
        <p id={whyId} className={classes.why}>
          <IconInfoCircle size={16} aria-hidden />
          <span>{asSentence(says)}</span>
        </p>
      )}
      {asked !== null && (
        <DecisionDialog key={asked} approval={approval} verb={asked} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}
