import Table from 'cli-table3';
import type { StackJson } from '../api/schemas/repo.ts';
import type { Io } from './io.ts';

const COLUMNS = ['REPO', 'STACK', 'STATUS', 'DRIFT', 'PENDING', 'SEVERITY', 'LAST-SCAN', 'COMMIT', 'MESSAGE'];

/** The table of `plumbline status`: one row a stack, borderless, so that it reads well in a pipe too. */
export function stackTable(stacks: readonly StackJson[], colors: Io['colors']): string {
  return plainTable(
    COLUMNS,
    stacks.map((stack) => [
      stack.repo,
      stack.key,
      paintStatus(stack.status, colors),
      String(stack.drift),
      String(stack.pending),
      stack.severity ?? '-',
      stack.scanned_at ?? 'never',
      stack.commit ? stack.commit.slice(0, 12) : '-',
      messageOf(stack),
    ]),
  );
}

/** Columns separated by two spaces, without borders. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = '';
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function paintStatus(status: StackJson['status'], colors: Io['colors']): string {
  if (status === 'in_sync') return colors.green(status);
  if (status === 'errored') return colors.red(status);
  if (status === 'unknown') return colors.gray(status);
  return colors.yellow(status);
}

function messageOf({ error, oscillating }: StackJson): string {
  if (error) return firstLine(error.message);
  return oscillating ? 'oscillating: its repairs do not hold' : '-';
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
