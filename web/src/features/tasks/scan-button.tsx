import { Button } from '@mantine/core';
import { IconRadar2 } from '@tabler/icons-react';
import type { TaskJson } from '../../api/types.ts';
import { useStartScan } from './start-scan.ts';
import { busyWord } from './task-words.ts';

/** Starts a scan of the repo, or of the one stack. */
export function ScanButton({
  repo,
  stack,
  active,
}: {
  repo: string;
  stack: string | null;
  /** The task that the repo is busy with. */
  active: Pick<TaskJson, 'kind'> | null;
}) {
  const scan = useStartScan(repo, stack);
  return (
    <Button
      size="sm"
      data-shortcut="scan"
      leftSection={<IconRadar2 size={17} aria-hidden />}
      loading={scan.isPending}
      disabled={active !== null}
      onClick={() => scan.mutate()}
    >
      {active !== null ? busyWord(active.kind) : stack === null ? 'Scan all stacks' : 'Scan this stack'}
    </Button>
  );
}
