/** One line of a diff. */
export interface DiffLine {
  /** Its place in the diff, from 0. */
  number: number;
  kind: 'same' | 'add' | 'remove';
  text: string;
}

const MOST_CELLS = 400_000;

/**
 * The shortest line diff of two texts, by their longest common subsequence. Texts that are too long for that
 * (more than 400,000 pairs of lines) become one removal and one addition.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  return compare(before.split('\n'), after.split('\n')).map((line, number) => ({ number, ...line }));
}

type Line = Omit<DiffLine, 'number'>;

function compare(a: readonly string[], b: readonly string[]): Line[] {
  if (a.length * b.length > MOST_CELLS) return [...marked('remove', a), ...marked('add', b)];
  const lengths = commonLengths(a, b);
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i]! });
      i += 1;
      j += 1;
    } else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) {
      lines.push({ kind: 'remove', text: a[i]! });
      i += 1;
    } else {
      lines.push({ kind: 'add', text: b[j]! });
      j += 1;
    }
  }
  return [...lines, ...marked('remove', a.slice(i)), ...marked('add', b.slice(j))];
}

function marked(kind: DiffLine['kind'], lines: readonly string[]): Line[] {
  return lines.map((text) => ({ kind, text }));
}

/** `result[i][j]`: length of the longest common subsequence of `a` from `i` and `b` from `j`. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      rows[i]![j] = a[i] === b[j] ? rows[i + 1]![j + 1]! + 1 : Math.max(rows[i + 1]![j]!, rows[i]![j + 1]!);
    }
  }
  return rows;
}
