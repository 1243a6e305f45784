import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect } from 'react';
import { RelativeTime } from '../ui/relative-time.tsx';
import { isServerTrouble } from '../api/api-error.ts';
import { useServerTrouble } from './use-server-trouble.ts';
import classes from './trouble-banner.module.css';

const TRY_AGAIN_MS = 5_000;

/** Says that the server does not answer and how old the data on screen is. Tries again until it does. */
export function TroubleBanner() {
  const since = useServerTrouble();
  const queries = useQueryClient();
  const troubled = since !== null;
  useEffect(() => {
    if (!troubled) return;
    const timer = window.setInterval(() => {
      void queries.refetchQueries({
        type: 'active',
        predicate: (query) => isServerTrouble(query.state.error),
      });
    }, TRY_AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [troubled, queries]);
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
