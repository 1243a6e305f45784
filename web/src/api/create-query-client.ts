import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isServerTrouble, isUnauthorized } from './api-error.ts';

/**
 * The page's cache of answers. Old answers stay on screen while the server is in trouble; only trouble of the
 * server is tried again, with growing pauses. `onUnauthorized` is called whenever an answer asks for a token.
 */
export function createQueryClient(onUnauthorized: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isUnauthorized(error)) onUnauthorized();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 1_000,
        retry: (count, error) => count < 2 && isServerTrouble(error),
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
        refetchOnWindowFocus: true,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
