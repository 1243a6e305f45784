import { Button, Popover } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconUserCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useApi } from '../../api/api-context.ts';
import type { MeJson } from '../../api/types.ts';
import { meQuery } from './get-me.ts';
import { grantWords, isSignedIn, proofWords } from './me-words.ts';
import classes from './identity-menu.module.css';

/** What can be done about the identity of this tab. */
export interface Session {
  /** Whether the server has refused what was asked last: whoever was signed in no longer is. */
  signedOut: boolean;
  signIn: () => void;
  signOut: () => void;
}

/** Who is signed in, what they may do, and the way to be somebody else. */
export function IdentityMenu({ session }: { session: Session }) {
  const me = useQuery(meQuery(useApi())).data;
  const [opened, setOpened] = useState(false);
  if (me === undefined || session.signedOut) {
    return (
      <Button variant="subtle" color="gray" size="compact-sm" onClick={session.signIn}>
        Sign in
      </Button>
    );
  }
  const leave = (act: () => void) => {
    setOpened(false);
    act();
  };
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          className={classes.button}
          variant="subtle"
          color="gray"
          size="compact-md"
          fw={500}
          aria-label={`Signed in as ${me.id}`}
          title={`Signed in as ${me.id}`}
          leftSection={<IconUserCircle size={18} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          <span className={classes.id}>{me.id}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Who you are">
        <Identity me={me} />
        <div className={classes.actions}>
          <Button size="xs" variant="default" onClick={() => leave(session.signIn)}>
            {isSignedIn(me) ? 'Use another token' : 'Sign in with a token'}
          </Button>
          {isSignedIn(me) && (
            <Button size="xs" variant="subtle" onClick={() => leave(session.signOut)}>
              Sign out
            </Button>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Identity({ me }: { me: MeJson }) {
  return (
    <>
      <p className={classes.who}>
        <span className="muted">Signed in as</span> <strong>{me.id}</strong>
      </p>
      <dl className={classes.facts}>
        <dt>Proof</dt>
        <dd>{proofWords(me.via)}</dd>
        {me.teams.length > 0 && (
          <>
            <dt>Teams</dt>
            <dd>{me.teams.join(', ')}</dd>
          </>
        )}
        <dt>Roles</dt>
        <dd>{grantWords(me.roles)}</dd>
      </dl>
      {me.kind === 'machine' && <p className="muted">A machine never counts as an approving person.</p>}
    </>
  );
}
