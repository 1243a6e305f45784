import { isIP } from 'node:net';
import { type IpRanges, plainAddress } from '../util/ip-ranges.ts';

/**
 * The address that a request comes from: the socket's own, or what trusted proxies say of whom they speak for. Read from the
 * nearest proxy outwards, so that what a caller writes into the header is never believed: the first address that is no trusted
 * proxy's is theirs. An entry that is no address ends the search at the proxy that wrote it.
 */
export function callerAddress(
  socket: string | undefined,
  forwardedFor: string | string[] | undefined,
  isTrusted: IpRanges,
): string {
  let address = plainAddress(socket ?? '');
  const named = [forwardedFor ?? []].flat().flatMap((line) => line.split(','));
  for (const entry of named.toReversed()) {
    if (!isTrusted(address)) return address;
    const next = plainAddress(entry.trim());
    if (isIP(next) === 0) return address;
    address = next;
  }
  return address;
}
