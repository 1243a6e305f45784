import { PlumblineError } from '../../util/errors.ts';

/** What of a PostgreSQL URL may be shown, and what must not be. */
export interface PostgresTarget {
  /** `user@host:port/database`. */
  name: string;
  /** Every spelling of the password that an error might repeat. */
  secrets: string[];
}

/**
 * Checks the URL and says what of it may be shown.
 * @throws PlumblineError `store_url_invalid`, without the URL, which may hold a password
 */
export function parsePostgresUrl(text: string): PostgresTarget {
  if (!URL.canParse(text)) throw invalid('it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw invalid(`its scheme is "${url.protocol.replace(/:$/, '')}"`);
  }
  const user = url.username ? `${decoded(url.username)}@` : '';
  const host = url.hostname || url.searchParams.get('host') || 'localhost';
  const database = decoded(url.pathname.slice(1)) || 'postgres';
  const passwords = [url.password, url.searchParams.get('password') ?? ''].filter((secret) => secret !== '');
  return {
    name: `${user}${host}:${url.port || '5432'}/${database}`,
    secrets: [text, ...passwords.flatMap((secret) => [secret, decoded(secret)])],
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(why: string): PlumblineError {
  return new PlumblineError(
    'store_url_invalid',
    `\`store.url\` can't be used: ${why}. It must look like postgres://user:password@host:5432/database ` +
      '(special characters of the password percent-encoded).',
  );
}
