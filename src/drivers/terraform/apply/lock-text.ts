import type { StateLock } from '../../../domain/stack.ts';

/** Stands in every version's message about a lock that can't be taken. */
const REFUSED = /Error acquiring the state lock|Error locking state/;
/** The http backend prints the refused one's own facts, and the holder's ID only here. */
const HTTP_HOLDER = /already locked: ID=(\S+)/;

/**
 * Who holds a lock, as Terraform and OpenTofu print it when they can't take it, in a text or a diagnostic's detail.
 * @returns undefined when the text is about something else
 */
export function lockInText(text: string): StateLock | undefined {
  if (!REFUSED.test(text) && !/^\s*Lock Info:/m.test(text)) return undefined;
  const http = HTTP_HOLDER.exec(text)?.[1];
  if (http !== undefined) return { id: http, who: '', operation: '', created: '' };
  const field = (name: string) => new RegExp(`^[\\s│|]*${name}:[ \\t]*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? '';
  return {
    id: field('ID'),
    who: field('Who'),
    operation: field('Operation'),
    created: isoTime(field('Created')),
  };
}

/** Go prints `2026-11-21 13:21:37.5895 +0000 UTC`; what can't be read stays as it is. */
function isoTime(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* \+0000 UTC/.exec(text);
  return parts === null ? text : `${parts[1]}T${parts[2]}Z`;
}
