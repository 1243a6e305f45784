import { IconAlertOctagon, IconAlertTriangle, IconArrowsLeftRight, IconLock } from '@tabler/icons-react';
import type { PlanJson, StackJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './stack-page.module.css';

/** What stands above the changes: why the last scan failed, whether repairs hold, who holds the state lock, and the tool's warnings. */
export function StackNotices({ stack, plan }: { stack: StackJson; plan: PlanJson | null }) {
  return (
    <>
      {stack.error !== null && stack.error.code !== 'plan_incomplete' && (
        <ErrorNotice error={stack.error} stale={plan !== null} />
      )}
      {stack.oscillating && (
        <Notice
          tone="warning"
          icon={<IconArrowsLeftRight size={20} aria-hidden />}
          title="Oscillating: its repairs do not hold"
        >
          <p>
            Something changes this stack again and again after it was repaired. Look for another tool, a
            person or a controller that owns the same resources. Meanwhile repairs come at longer and longer
            intervals.
          </p>
        </Notice>
      )}
      {plan?.state_lock && <LockNotice lock={plan.state_lock} />}
      {plan !== null && plan.problems.length > 0 && <ProblemsNotice problems={plan.problems} />}
      {plan !== null && plan.warnings.length > 0 && (
        <Notice
          tone="warning"
          icon={<IconAlertTriangle size={20} aria-hidden />}
          title={plan.warnings.length === 1 ? 'One warning' : `${plan.warnings.length} warnings`}
        >
          <ul className={classes.warnings}>
            {plan.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

function ErrorNotice({ error, stale }: { error: { code: string; message: string }; stale: boolean }) {
  const [first = '', ...rest] = error.message.split('\n');
  return (
    <Notice
      tone="error"
      icon={<IconAlertOctagon size={20} aria-hidden />}
      title={`The last scan failed: ${error.code}`}
    >
      <p>{first}</p>
      {rest.length > 0 && (
        <pre tabIndex={0} aria-label="Diagnostics">
          <code className={classes.diagnostic}>{rest.join('\n').trim()}</code>
        </pre>
      )}
      {stale && <p>What follows is the newest plan that worked.</p>}
    </Notice>
  );
}

function ProblemsNotice({ problems }: { problems: PlanJson['problems'] }) {
  return (
    <Notice
      tone="error"
      icon={<IconAlertOctagon size={20} aria-hidden />}
      title={
        problems.length === 1
          ? 'One object could not be planned'
          : `${problems.length} objects could not be planned`
      }
    >
      <ul className={classes.warnings}>
        {problems.map(({ address, message }) => (
          <li key={`${address} ${message}`}>
            <code>{address}</code>: {message}
          </li>
        ))}
      </ul>
      <p>Nothing of this stack is applied until all of it can be planned.</p>
    </Notice>
  );
}

function LockNotice({ lock }: { lock: NonNullable<PlanJson['state_lock']> }) {
  return (
    <Notice tone="warning" icon={<IconLock size={20} aria-hidden />} title="Somebody holds the state lock">
      <p>
        {lock.who}
        {lock.operation !== '' && `, for ${lock.operation}`}
        {lock.created !== '' && (
          <>
            , since <RelativeTime at={lock.created} />
          </>
        )}
        . Scans don’t take the lock, so this plan may show a state that is about to change. Lock ID:{' '}
        <code>{lock.id}</code>
      </p>
    </Notice>
  );
}
