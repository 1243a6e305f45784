import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { PlumblineError } from '../../util/errors.ts';

const LOOPBACK = '127.0.0.1';

/**
 * The address at which the embedded Temporal server is reached: the wanted one, or the loopback interface. `own` is what this
 * machine's host name stands for; in a container that is its address in its first network.
 * @throws PlumblineError `temporal_start_failed` when the host name stands for none
 */
export async function embeddedIp(wanted: string | null): Promise<string> {
  if (wanted !== 'own') return wanted ?? LOOPBACK;
  try {
    return (await lookup(hostname(), { family: 4 })).address;
  } catch (cause) {
    throw new PlumblineError(
      'temporal_start_failed',
      `The host name ${hostname()} stands for no IPv4 address: write one into PLUMBLINE_EMBEDDED_TEMPORAL_IP instead of own, or set temporal.address.`,
      { cause },
    );
  }
}
