const KEY = 'plumbline.token';

/** Where the API token is kept: this browser tab's session only. */
export interface TokenStore {
  read(): string | null;
  write(token: string | null): void;
}

/** A token store on `sessionStorage`; where storage is switched off the token lives until the page is left. */
export function createTokenStore(storage: () => Storage): TokenStore {
  let fallback: string | null = null;
  return {
    read() {
      try {
        return storage().getItem(KEY) ?? fallback;
      } catch {
        return fallback;
      }
    },
    write(token) {
      fallback = token;
      try {
        if (token === null) storage().removeItem(KEY);
        else storage().setItem(KEY, token);
      } catch {
        // Kept in memory alone.
      }
    },
  };
}
