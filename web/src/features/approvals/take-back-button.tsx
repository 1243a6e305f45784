import { Button } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { messageOf } from '../../api/api-error.ts';
import type { ApprovalJson } from '../../api/types.ts';
import { useTakeBack } from './take-back-approval.ts';

/** Takes back what was asked for, with all that its task asks people for. Only for who may. */
export function TakeBackButton({ approval }: { approval: ApprovalJson }) {
  const takeBack = useTakeBack(approval);
  return (
    <>
      <Button
        size="sm"
        variant="subtle"
        leftSection={<IconPlayerStop size={17} aria-hidden />}
        title={`Nobody is asked any more about the plans of ${approval.task_id}`}
        disabled={takeBack.isPending}
        onClick={() => takeBack.mutate()}
      >
        Take the request back
      </Button>
      {takeBack.isError && <span role="alert">{messageOf(takeBack.error)}</span>}
    </>
  );
}
