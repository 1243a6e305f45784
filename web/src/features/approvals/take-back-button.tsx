import { Button } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import type { ApprovalJson } from '../../api/types.ts';
import { TakeBackDialog } from './take-back-dialog.tsx';

/** Takes back what was asked for, with all that its task asks people for. Only for who may. */
export function TakeBackButton({ approval }: { approval: ApprovalJson }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button
        size="sm"
        variant="subtle"
        leftSection={<IconPlayerStop size={17} aria-hidden />}
        onClick={() => setAsked(true)}
      >
        Take the request back
      </Button>
      {asked && <TakeBackDialog approval={approval} onClose={() => setAsked(false)} />}
    </>
  );
}
