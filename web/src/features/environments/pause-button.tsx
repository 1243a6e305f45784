import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { useChangeHold, type HoldScope } from './change-hold.ts';

const WORDS = {
  pause: {
    button: 'Pause',
    icon: IconPlayerPause,
    says: 'Scans go on; nothing is applied until it is resumed.',
  },
  resume: {
    button: 'Resume',
    icon: IconPlayerPlay,
    says: 'From now on it can be applied again, by its policy.',
  },
} as const;

/** Pauses something, or ends what holds it; either way asks why first. */
export function PauseButton({
  verb,
  scope,
  what,
}: {
  verb: 'pause' | 'resume';
  scope: HoldScope;
  what: string;
}) {
  const change = useChangeHold();
  const [opened, setOpened] = useState(false);
  const { button, icon: Icon, says } = WORDS[verb];
  return (
    <>
      <Button
        size="sm"
        variant="default"
        leftSection={<Icon size={17} aria-hidden />}
        onClick={() => {
          change.reset();
          setOpened(true);
        }}
      >
        {button}
      </Button>
      {opened && (
        <ReasonDialog
          title={`${button} ${what.replace(/^The /, 'the ')}`}
          button={button}
          needed={verb === 'pause'}
          missing="Say why, so that others know when it may go on."
          busy={change.isPending}
          failure={change.error}
          onSubmit={(reason) => change.mutate({ verb, scope, reason }, { onSuccess: () => setOpened(false) })}
          onClose={() => setOpened(false)}
        >
          <p>{says}</p>
        </ReasonDialog>
      )}
    </>
  );
}
