/** Nothing shorter can hold more digits than a double does. */
const LONG_NUMBER = /[\d.]{16}/;
/** Any decimal number of so many digits survives as a double. */
const SAFE_DIGITS = 15;

/**
 * Reads JSON without losing digits: a number that a double can't hold becomes the text that it is written as, so that two
 * such numbers are equal only when they are.
 * @throws SyntaxError when the text is no JSON
 */
export function parseExactJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text);
}

type Reviver = (key: string, value: unknown) => unknown;

/** The third argument is of ECMAScript 2026 and not in TypeScript's library yet; the source stands there for primitives only. */
function keepDigits(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value !== 'number' || source === undefined || isExact(value, source) ? value : source;
}

function isExact(value: number, source: string): boolean {
  if (String(value) === source) return true;
  const digits = source.replace(/[eE].*$/, '').replaceAll(/[-.]/g, '');
  return Number.isFinite(value) && digits.replaceAll(/^0+|0+$/g, '').length <= SAFE_DIGITS;
}
