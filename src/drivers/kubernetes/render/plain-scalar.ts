import type { JsonValue } from '../../../domain/json.ts';
import { exactNumber, exactText } from '../../../kube/exact-numbers.ts';

const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL)?$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9]*)$/;
const PREFIXED = /^([-+]?)0(?:[xX]([0-9a-fA-F]+)|[oO]?([0-7]+)|[bB]([01]+))$/;
/** What comes after `0b` is read as a number of its own, with a sign of its own. */
const SIGNED_BINARY = /^0b([-+])([01]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NO_NUMBER = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** What a plain scalar is: a value of JSON, or why it can't be one. */
export type PlainScalar = { value: JsonValue } | { fault: string };

/**
 * What kubectl takes an unquoted scalar for: YAML 1.1 as Go's yaml.v2 reads it, with `y` and `on` as booleans and `0777` as
 * an octal number, but with times and `1:30` as texts. What a double can't hold is as `readKubeJson` has it. Source: https://github.com/go-yaml/yaml/blob/v2/resolve.go
 */
export function readPlainScalar(text: string): PlainScalar {
  if (NULL.test(text)) return { value: null };
  if (TRUE.test(text)) return { value: true };
  if (FALSE.test(text)) return { value: false };
  if (NO_NUMBER.test(text)) return { fault: `${text} is no number that JSON knows` };
  if (!/^[-+.0-9]/.test(text)) return { value: exactText(text) };
  // After a leading dot, underscores have to stand between digits, as in Go; elsewhere they may stand anywhere.
  return number(
    text.startsWith('.') ? text.replaceAll(/(?<=\d)_(?=\d)/g, '') : text.replaceAll('_', ''),
    text,
  );
}

function number(plain: string, text: string): PlainScalar {
  const prefixed = PREFIXED.exec(plain);
  if (DECIMAL.test(plain)) return exact(BigInt(plain));
  if (prefixed) {
    const [, sign, hex, octal, binary] = prefixed;
    const digits = hex === undefined ? (octal === undefined ? `0b${binary}` : `0o${octal}`) : `0x${hex}`;
    return exact(sign === '-' ? -BigInt(digits) : BigInt(digits));
  }
  const signed = SIGNED_BINARY.exec(plain);
  if (signed) return exact(BigInt(`0b${signed[2]}`) * (signed[1] === '-' ? -1n : 1n));
  if (!FLOAT.test(plain)) return { value: text };
  const float = Number(plain);
  return { value: Number.isFinite(float) ? float : text };
}

/** Go keeps whole numbers in 64 bits, with or without a sign; beyond, it would take the nearest double. */
function exact(value: bigint): PlainScalar {
  if (value >= -(2n ** 63n) && value < 2n ** 64n) return { value: exactNumber(value.toString()) };
  // The number itself may be a secret.
  return { fault: 'This number has more digits than can be kept; write it as a text, in quotes' };
}
