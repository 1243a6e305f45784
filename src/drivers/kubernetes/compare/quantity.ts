import type { JsonValue } from '../../../domain/json.ts';

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const FORM = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,2}|)$/;

/**
 * What a Kubernetes quantity comes to, in billionths (the finest that Kubernetes keeps; what is finer is rounded away from
 * zero): `1000m` and `1` give the same. undefined for what is no quantity.
 * Source: the API reference of Kubernetes, `Quantity`.
 */
export function quantityNanos(value: JsonValue): bigint | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = FORM.exec(String(value));
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const binary = BINARY.indexOf(suffix) + 1;
  const factor = 1024n ** BigInt(binary);
  const exponent = 9 - fraction.length + (binary > 0 ? 0 : decimalExponent(suffix));
  const digits = BigInt(whole + fraction) * factor;
  const size = exponent >= 0 ? digits * 10n ** BigInt(exponent) : divideUp(digits, 10n ** BigInt(-exponent));
  return sign === '-' ? -size : size;
}

function decimalExponent(suffix: string): number {
  return DECIMAL[suffix] ?? Number(suffix.slice(1));
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** Places of quantities: the kind (`*`: any), and the end of the path with `*` for one name or position. */
const PLACES: readonly (readonly [kind: string, end: string])[] = [
  ['*', 'resources/limits/*'],
  ['*', 'resources/requests/*'],
  ['*', 'emptyDir/sizeLimit'],
  ['*', 'resourceFieldRef/divisor'],
  ['*', 'spec/overhead/*'],
  ['RuntimeClass', 'overhead/podFixed/*'],
  ['PersistentVolume', 'spec/capacity/*'],
  ['ResourceQuota', 'spec/hard/*'],
  ['LimitRange', 'spec/limits/*/max/*'],
  ['LimitRange', 'spec/limits/*/min/*'],
  ['LimitRange', 'spec/limits/*/default/*'],
  ['LimitRange', 'spec/limits/*/defaultRequest/*'],
  ['LimitRange', 'spec/limits/*/maxLimitRequestRatio/*'],
  ['HorizontalPodAutoscaler', 'target/value'],
  ['HorizontalPodAutoscaler', 'target/averageValue'],
  ['HorizontalPodAutoscaler', 'behavior/*/tolerance'],
  ['CSIStorageCapacity', 'capacity'],
  ['CSIStorageCapacity', 'maximumVolumeSize'],
  ['Node', 'spec/capacity/*'],
];

const ENDS = PLACES.map(([kind, end]) => ({ kind, end: end.split('/') }));

/** Whether Kubernetes has a quantity there. `names` is the path with `*` for list positions. */
export function isQuantityPlace(kind: string, names: readonly string[]): boolean {
  return ENDS.some(
    (place) =>
      (place.kind === '*' || place.kind === kind) &&
      names.length >= place.end.length &&
      place.end.every((part, index) => {
        const name = names[names.length - place.end.length + index];
        return part === '*' || part === name;
      }),
  );
}

/** Whether two values are the same quantity. */
export function sameQuantity(a: JsonValue, b: JsonValue): boolean {
  const left = quantityNanos(a);
  return left !== undefined && left === quantityNanos(b);
}
