import { Button } from '@mantine/core';
import { IconRadar2 } from '@tabler/icons-react';
import { useStartScan } from './start-scan.ts';

/** Starts a scan of the repo, or of the one stack. */
export function ScanButton({ repo, stack, busy }: { repo: string; stack: string | null; busy: boolean }) {
  const scan = useStartScan(repo, stack);
  return (
    <Button
      size="sm"
      data-shortcut="scan"
      leftSection={<IconRadar2 size={17} aria-hidden />}
      loading={scan.isPending}
      disabled={busy}
      onClick={() => scan.mutate()}
    >
      {busy ? 'Scanning' : stack === null ? 'Scan all stacks' : 'Scan this stack'}
    </Button>
  );
}
