import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { SyncDialog } from './sync-dialog.tsx';
import type { SyncTarget } from './start-sync.ts';

/** Opens the dialog that brings something to its commit. */
export function SyncButton({ target, name }: { target: SyncTarget; name: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        size="sm"
        variant="default"
        leftSection={<IconRefresh size={17} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        Sync
      </Button>
      {opened && <SyncDialog target={target} name={name} onClose={() => setOpened(false)} />}
    </>
  );
}
