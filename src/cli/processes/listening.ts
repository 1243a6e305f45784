import { PlumblineError } from '../../util/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already. End it, or choose another address',
  EACCES: 'this user may not use that port. Choose one above 1023',
  EADDRNOTAVAIL: 'this machine has no such address. Choose one that it has, or ":PORT" for all',
  ENOTFOUND: 'the host name is not known. Write an address of this machine, or ":PORT" for all',
};

/**
 * Begins to listen, and says in words what stands in the way.
 * @param key the key of the config that names the address
 * @throws PlumblineError `listen_failed`
 */
export async function listening<T>(
  key: string,
  { host, port }: { host: string; port: number },
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = REASONS[code];
    if (reason === undefined) throw cause;
    const shown = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    throw new PlumblineError('listen_failed', `Plumbline can't listen on ${shown}: ${reason} (${key}).`, {
      cause,
    });
  }
}
