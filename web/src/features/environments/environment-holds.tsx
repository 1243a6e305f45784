import { IconPin, IconPlayerPause } from '@tabler/icons-react';
import type { HoldJson } from '../../api/types.ts';
import { Commit } from '../../ui/commit.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { asSentence } from '../approvals/approval-words.ts';
import { PauseButton } from './pause-button.tsx';
import classes from './environments.module.css';

/** What keeps stacks from being applied, each with who did it, why, and the button that ends it. */
export function EnvironmentHolds({ holds }: { holds: readonly HoldJson[] }) {
  if (holds.length === 0) return null;
  return (
    <ul className={classes.holds} aria-label="Holds">
      {holds.map((hold) => {
        const what = holdTarget(hold);
        return (
          <li key={hold.id}>
            <Notice
              tone="warning"
              icon={
                hold.kind === 'pin' ? (
                  <IconPin size={20} aria-hidden />
                ) : (
                  <IconPlayerPause size={20} aria-hidden />
                )
              }
              title={`${what} is ${hold.kind === 'pin' ? 'pinned' : 'paused'}`}
              action={<PauseButton verb="resume" scope={hold} what={what} />}
            >
              <p>
                {hold.reason === '' ? 'No reason was given.' : asSentence(hold.reason)}{' '}
                <span className="muted">
                  {hold.by}, <RelativeTime at={hold.at} />
                </span>
                {hold.commit !== null && (
                  <>
                    {' '}
                    Only <Commit sha={hold.commit} /> is applied.
                  </>
                )}
              </p>
              {hold.kind === 'pin' && hold.commit === null && <p>Nothing is applied.</p>}
              {hold.merge_needed !== null && <p>{hold.merge_needed}</p>}
            </Notice>
          </li>
        );
      })}
    </ul>
  );
}

function holdTarget(hold: HoldJson): string {
  switch (hold.scope) {
    case 'environment':
      return `The environment ${hold.name}`;
    case 'repo':
      return `The repo ${hold.repo ?? ''}`;
    case 'stack':
      return `${hold.repo ?? ''} / ${hold.name}`;
  }
}
