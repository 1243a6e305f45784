/** What a line of a plan's text is about. */
export type LineKind =
  | 'add'
  | 'remove'
  | 'change'
  | 'replace'
  | 'read'
  | 'comment'
  | 'heading'
  | 'warning'
  | 'plain';

const REPLACE = /^\s*(-\/\+|\+\/-)(\s|$)/;
const READ = /^\s*<=(\s|$)/;
const MARKED = /^\s*([+~-])(\s|$)/;
const HEADING =
  /^(Plan:|Changes to Outputs:|Note:|Terraform (will|planned|used|detected)|OpenTofu (will|planned|used|detected)|No changes\.|Apply complete)/;
const WARNING = /^\s*[│╷╵]|^(Error|Warning):/;

/** The kind of one line of a plan's text, told by how the line begins. */
export function lineKind(line: string): LineKind {
  if (REPLACE.test(line)) return 'replace';
  if (READ.test(line)) return 'read';
  const mark = MARKED.exec(line)?.[1];
  if (mark === '+') return 'add';
  if (mark === '-') return 'remove';
  if (mark === '~') return 'change';
  if (/^\s*#/.test(line)) return 'comment';
  if (HEADING.test(line)) return 'heading';
  return WARNING.test(line) ? 'warning' : 'plain';
}

/** One line of a plan's text; the first has the number 1. */
export interface PlanLine {
  number: number;
  text: string;
  kind: LineKind;
}

/** A plan's lines with their kinds. Colour codes of terminals are taken out. */
export function readPlanLines(text: string): PlanLine[] {
  return text
    .replace(ANSI, '')
    .replace(/\n+$/, '')
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line, kind: lineKind(line) }));
}

const ANSI = new RegExp(String.raw`${String.fromCharCode(27)}\[[0-9;]*m`, 'g');
