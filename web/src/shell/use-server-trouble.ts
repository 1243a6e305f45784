import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { isServerTrouble } from '../api/api-error.ts';

/** Since when (milliseconds) the data on screen is old because the server does not answer; null while it does. */
export function useServerTrouble(): number | null {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((onChange: () => void) => cache.subscribe(onChange), [cache]);
  return useSyncExternalStore(subscribe, () => {
    const failing = cache
      .getAll()
      .filter((query) => query.isActive() && query.state.data !== undefined)
      .filter((query) => isServerTrouble(query.state.error ?? query.state.fetchFailureReason));
    if (failing.length === 0) return null;
    return Math.min(...failing.map((query) => query.state.dataUpdatedAt));
  });
}
