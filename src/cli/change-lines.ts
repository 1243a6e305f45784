import type { ChangeJson } from '../api/schemas/repo.ts';
import { ACTION_SIGNS, causeWords } from '../domain/change.ts';
import type { Io } from './io.ts';

/** What is shown of a change. */
export type ShownChange = Pick<
  ChangeJson,
  'address' | 'action' | 'cause' | 'severity' | 'changed_by' | 'attributes'
>;

/**
 * A change, its fields below it: of drift, what was applied last (-) and what is live (+); of what is pending, what is live (-)
 * and what Git wants (+). Values are masked by the server.
 */
export function changeLines(change: ShownChange, colors: Io['colors']): string[] {
  const { address, action, cause, severity, changed_by: by, attributes } = change;
  const who = by.map(({ manager, at }) => (at === null ? manager : `${manager} at ${at}`)).join(', ');
  const said = [causeWords(cause), severity, ...(who === '' ? [] : [`changed by ${who}`])];
  return [
    `${colors.bold(`${ACTION_SIGNS[action] ?? action} ${address}`)} (${said.join(', ')})`,
    ...attributes.flatMap((attribute) => fieldLines(attribute, colors)),
  ];
}

function fieldLines(
  { pointer, before, after, unknown, cause }: ChangeJson['attributes'][number],
  colors: Io['colors'],
): string[] {
  const [was, is] = cause === 'drift' ? ['applied', 'live'] : ['live', 'Git'];
  const later = unknown ? '(known after apply)' : valueText(after);
  return [
    `    ${pointer || '/'}`,
    ...valueLines('-', valueText(before), was).map((line) => colors.red(line)),
    ...valueLines('+', later, is).map((line) => colors.green(line)),
  ];
}

function valueLines(sign: string, text: string | null, of: string): string[] {
  if (text === null) return [];
  const [first, ...rest] = text.split('\n');
  return [`      ${sign} ${first}  # ${of}`, ...rest.map((line) => `      ${sign} ${line}`)];
}

/** Texts of several lines stay so; nothing at all is no line. */
function valueText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' && value.includes('\n') ? value.trimEnd() : JSON.stringify(value);
}
