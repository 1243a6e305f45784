import { BlockList, isIP } from 'node:net';

/** Addresses and ranges such as `10.0.0.0/8`; asked whether an address is in one of them. */
export type IpRanges = (address: string) => boolean;

/** An address without the form that IPv4 takes inside IPv6. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Whether a text is an address, or a range of addresses (`10.0.0.0/8`). */
export function isIpRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Makes the question of texts that `isIpRange` accepts; others are left out. */
export function ipRanges(texts: readonly string[]): IpRanges {
  const list = new BlockList();
  for (const text of texts.filter(isIpRange)) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  };
}
