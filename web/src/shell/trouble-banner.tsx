import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { RelativeTime } from '../ui/relative-time.tsx';
import { useServerTrouble } from './use-server-trouble.ts';
import classes from './trouble-banner.module.css';

/** Says that the server does not answer and how old the data on screen is. It goes by itself. */
export function TroubleBanner() {
  const since = useServerTrouble();
  const queries = useQueryClient();
  return (
    <div role="status">
      {since !== null && (
        <div className={classes.banner}>
          <IconPlugConnectedX size={18} aria-hidden />
          <span>
            The server does not answer. What you see is from{' '}
            <RelativeTime at={new Date(since).toISOString()} />; trying again.
          </span>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => void queries.refetchQueries({ type: 'active' })}
          >
            Try now
          </Button>
        </div>
      )}
    </div>
  );
}
