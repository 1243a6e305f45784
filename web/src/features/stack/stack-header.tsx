import type { StackJson, TaskJson } from '../../api/types.ts';
import { Fact } from '../../ui/fact.tsx';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { stackName } from '../../ui/stack-name.ts';
import badge from '../../ui/status-badge.module.css';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { HEALTH_LOOKS } from '../resources/resource-words.ts';
import { SyncButton } from '../sync/sync-button.tsx';
import { ScanButton } from '../tasks/scan-button.tsx';
import classes from './stack-page.module.css';

/** A stack's name, status and last scan, with the button that scans it. */
export function StackHeader({ stack, active }: { stack: StackJson; active: TaskJson | null }) {
  const known = stack.status !== 'errored' && stack.status !== 'unknown';
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <div className={classes.title}>
          <h1>
            <StackLabel stackKey={stack.key} />
          </h1>
          <StatusBadge status={stack.status} filled />
        </div>
        <div className={classes.buttons}>
          <SyncButton target={{ repo: stack.repo, stacks: [stack.key] }} name={stackName(stack.key)} />
          <ScanButton repo={stack.repo} stack={stack.key} active={active} />
        </div>
      </div>
      <dl className={classes.facts}>
        <Fact label="Severity">
          <SeverityBadge severity={stack.severity} />
        </Fact>
        {stack.health !== null && (
          <Fact label="Health">
            <span
              className={badge.badge}
              data-tone={HEALTH_LOOKS[stack.health.status].tone}
              title={stack.health.reason || HEALTH_LOOKS[stack.health.status].meaning}
            >
              {HEALTH_LOOKS[stack.health.status].label}
            </span>
          </Fact>
        )}
        <Fact label="Drift">
          <span className="num">{known ? stack.drift : '–'}</span>
        </Fact>
        <Fact label="Pending">
          <span className="num">{known ? stack.pending : '–'}</span>
        </Fact>
        <Fact label="Last scan">
          <RelativeTime at={stack.scanned_at} />
        </Fact>
        {stack.drifted_since !== null && (
          <Fact label="Drifted since">
            <RelativeTime at={stack.drifted_since} />
          </Fact>
        )}
        <Fact label="Commit">
          <Commit sha={stack.commit} />
        </Fact>
        <Fact label="Kind">{stack.kind}</Fact>
        <Fact label="Path">
          <code>{stack.path}</code>
        </Fact>
        {stack.workspace !== 'default' && (
          <Fact label="Workspace">
            <code>{stack.workspace}</code>
          </Fact>
        )}
      </dl>
    </header>
  );
}
