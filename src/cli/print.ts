import { Option, type Command } from 'commander';
import type { Io } from './io.ts';
import { plainTable } from './stack-table.ts';

/** How a list is printed. */
export type ListFormat = 'table' | 'json';

/** Adds `--format table|json`. */
export function withFormat(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'),
  );
}

/** Prints an answer as JSON, or its rows as a table; an empty table is a sentence. */
export function printList(
  io: Io,
  format: ListFormat,
  list: { json: unknown; head: readonly string[]; rows: readonly (readonly string[])[]; empty: string },
): void {
  if (format === 'json') io.out(JSON.stringify(list.json, null, 2));
  else if (list.rows.length === 0) io.note(list.empty);
  else io.out(plainTable(list.head, list.rows));
}

/** The part of a digest that people compare. */
export function shortDigest(digest: string): string {
  return digest.length > 24 ? `${digest.slice(0, 24)}…` : digest;
}

/** `2 update, 1 delete`. */
export function actionsText(actions: Readonly<Record<string, number>>): string {
  const counts = Object.entries(actions).filter(([, count]) => count > 0);
  return counts.length === 0 ? '-' : counts.map(([action, count]) => `${count} ${action}`).join(', ');
}
