import { PlumblineError } from './errors.ts';

/** Nanoseconds per unit, as Go's `time.ParseDuration` knows them. Both micro signs are accepted. */
const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Go keeps a duration in a signed 64-bit number of nanoseconds. */
const MAX_NS = 2n ** 63n - 1n;

/**
 * Milliseconds of a Go duration such as `1h30m`, `1.5h`, `0` or `-250us`; parts of a millisecond are kept.
 * Exactly Go's grammar: a number without a unit (other than 0) and units such as `d` or `M` are refused.
 * Source: https://pkg.go.dev/time#ParseDuration
 * @throws PlumblineError `duration_invalid`
 */
export function parseGoDuration(text: string): number {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const body = text.slice(sign.length);
  if (body === '0') return 0;
  const parts = body === '' ? [] : splitParts(body);
  if (parts.length === 0) throw invalid(text, 'write a number with a unit, such as 30s, 10m or 1h30m');
  let ns = 0n;
  for (const part of parts) {
    if (part.unit === '')
      throw invalid(text, `${part.digits} has no unit; the units are ns, us, ms, s, m and h`);
    const unit = Object.hasOwn(UNIT_NS, part.unit) ? UNIT_NS[part.unit] : undefined;
    if (unit === undefined) {
      throw invalid(text, `"${part.unit}" is no unit; the units are ns, us, ms, s, m and h`);
    }
    ns += nanoseconds(part.digits, unit);
  }
  if (ns > MAX_NS) throw invalid(text, 'it is longer than 292 years');
  return (sign === '-' ? -1 : 1) * (Number(ns) / 1e6);
}

/** A duration in Go's notation, without empty parts: `90000` is `1m30s`, `1500` is `1.5s`, `250` is `250ms`, `0` is `0s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const sign = ms < 0 ? '-' : '';
  const total = Math.round(Math.abs(ms));
  if (total === 0) return '0s';
  if (total < 1000) return `${sign}${total}ms`;
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor((total % 3_600_000) / 60_000);
  const seconds = (total % 60_000) / 1000;
  const text = [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`]
    .filter(Boolean)
    .join('');
  return sign + text;
}

function splitParts(body: string): { digits: string; unit: string }[] {
  const parts: { digits: string; unit: string }[] = [];
  const pattern = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;
  while (pattern.lastIndex < body.length) {
    const match = pattern.exec(body);
    if (!match) return [];
    parts.push({ digits: match[1]!, unit: match[2]! });
  }
  return parts;
}

function nanoseconds(digits: string, unit: bigint): bigint {
  const [whole = '', fraction = ''] = digits.split('.');
  // Digits beyond a nanosecond are dropped, as Go does.
  return BigInt(whole || '0') * unit + (BigInt(fraction || '0') * unit) / 10n ** BigInt(fraction.length);
}

function invalid(text: string, why: string): PlumblineError {
  return new PlumblineError('duration_invalid', `"${text}" is not a duration: ${why}.`);
}
