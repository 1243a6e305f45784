import { createContext, useContext } from 'react';
import type { ApiClient } from './client.ts';

/** Gives the page's API client to its components. */
export const ApiContext = createContext<ApiClient | null>(null);

/** The page's API client. Throws outside of `ApiContext`. */
export function useApi(): ApiClient {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('useApi is used outside of ApiContext');
  return api;
}
