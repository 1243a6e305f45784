import type { JsonValue } from '../domain/json.ts';
import { parseExactJson } from '../util/exact-json.ts';

/** U+2060, which shows nothing and breaks no line: it stands before the digits of a number that a double can't hold. */
const MARK = '\u2060';
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Nothing shorter can hold more digits than a double does. */
const LONG_NUMBER = /[\d.]{16}|\d[eE]\+?\d{3}/;

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Of ECMAScript 2026; not in TypeScript's library yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/**
 * Reads what the API server sent. A number that a double can't hold becomes a marked text, which survives copies, and which
 * `writeKubeJson` turns into that number again: what is read and written back is the same to the last digit.
 * @throws SyntaxError when the text is no JSON
 */
export function readKubeJson(text: string): JsonValue {
  if (!LONG_NUMBER.test(text) && !text.includes(MARK)) return JSON.parse(text) as JsonValue;
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as JsonValue;
}

/** Writes what the API server is to get; marked texts become numbers. */
export function writeKubeJson(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.includes(MARK) ? JSON.stringify(value, giveDigits) : text;
}

/** A number as `readKubeJson` gives it. @throws RangeError when the text is no number of JSON */
export function exactNumber(text: string): JsonValue {
  if (!NUMBER.test(text)) throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is no number.`);
  const read = parseExactJson(text);
  return typeof read === 'number' && Number.isFinite(read) ? read : `${MARK}${text}`;
}

/** A text as `readKubeJson` gives it: one that looks like a marked number is told apart from those. */
export function exactText(text: string): string {
  return text.startsWith(MARK) ? MARK + text : text;
}

/** How a number that a double can't hold is written; undefined of every other value. */
export function longNumber(value: JsonValue): string | undefined {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return undefined;
  const digits = value.slice(MARK.length);
  return NUMBER.test(digits) ? digits : undefined;
}

/** A value for people: marked texts without their mark. */
export function showNumbers(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.startsWith(MARK) ? value.slice(MARK.length) : value;
  if (Array.isArray(value)) return value.map(showNumbers);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, showNumbers(each)]));
}

/** Texts that begin with the mark by themselves get a second one, so that none of them is taken for a number. */
const keepDigits: Reviver = (_key, value, { source }) => {
  if (typeof value === 'string') return exactText(value);
  if (typeof value !== 'number' || source === undefined) return value;
  return exactNumber(source);
};

function giveDigits(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
  const rest = value.slice(MARK.length);
  return NUMBER.test(rest) ? rawJSON(rest) : rest.startsWith(MARK) ? rest : value;
}
