/** A block of HCL as the scanner sees it: its header, and where its body is. */
export interface HclBlock {
  type: string;
  labels: string[];
  /** The text between the braces. */
  body: string;
  /** 1-based line of the header. */
  line: number;
}

/** An attribute: `name = expression`, with the expression's source text, trimmed. */
export interface HclAttribute {
  name: string;
  expression: string;
}

/** What stands on the top level of a piece of HCL. */
export interface HclItems {
  blocks: HclBlock[];
  attributes: HclAttribute[];
}

const HEADER = /([A-Za-z_][\w-]*)((?:[ \t]+(?:"(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w-]*))*)[ \t]*(\{|=(?![=>]))/y;
const HEREDOC = /<<-?[ \t]*([A-Za-z_][\w.-]*)[ \t]*\r?\n/y;
const OPENING = '{[(';
const CLOSING = '}])';

/**
 * Reads the top level of HCL text: blocks with their labels and bodies, and attributes with their expressions' text.
 * It evaluates nothing and never fails: what it can't read is skipped, for Terraform itself says what is wrong with it.
 * (A full parser takes 3 to 4 ms a file, too long for repositories of thousands of files; a test compares the two.)
 */
export function scanHcl(text: string): HclItems {
  const items: HclItems = { blocks: [], attributes: [] };
  const line = lineCounter(text);
  let at = 0;
  while (at < text.length) {
    const blank = skipBlank(text, at);
    if (blank > at) {
      at = blank;
      continue;
    }
    HEADER.lastIndex = at;
    const header = HEADER.exec(text);
    if (!header) {
      at = skipToken(text, at);
    } else if (header[3] === '{') {
      const end = skipNested(text, HEADER.lastIndex - 1);
      items.blocks.push({
        type: header[1]!,
        labels: readLabels(header[2] ?? ''),
        body: text.slice(HEADER.lastIndex, Math.max(HEADER.lastIndex, end - 1)),
        line: line(at),
      });
      at = end;
    } else {
      const start = at + header[0].length;
      at = skipExpression(text, start);
      items.attributes.push({ name: header[1]!, expression: text.slice(start, at).trim() });
    }
  }
  return items;
}

/** The value of a quoted string without interpolation, or undefined for any other expression. */
export function literalString(expression: string | undefined): string | undefined {
  if (expression === undefined || !/^"(?:[^"\\]|\\.)*"$/.test(expression)) return undefined;
  if (/(?<!\$)\$\{|(?<!%)%\{/.test(expression)) return undefined;
  try {
    return String(JSON.parse(expression)).replaceAll('$${', '${').replaceAll('%%{', '%{');
  } catch {
    return undefined;
  }
}

/** The expression of the first attribute with this name. */
export function attributeOf(items: HclItems, name: string): string | undefined {
  return items.attributes.find((attribute) => attribute.name === name)?.expression;
}

function readLabels(text: string): string[] {
  return Array.from(
    text.matchAll(/"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w-]*)/g),
    (match) => match[1] ?? match[2] ?? '',
  );
}

/** Lines are asked for in ascending order, so each part of the text is looked at once. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let seen = 0;
  return (offset) => {
    for (; seen < offset; seen++) if (text[seen] === '\n') line++;
    return line;
  };
}

/** Past white space and comments. */
function skipBlank(text: string, start: number): number {
  let at = start;
  for (;;) {
    const char = text[at];
    if (char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === ',' || char === '\uFEFF')
      at++;
    else if (isLineComment(text, at)) at = endOfLine(text, at);
    else if (char === '/' && text[at + 1] === '*') at = afterOrEnd(text, '*/', at + 2);
    else return at;
  }
}

function isLineComment(text: string, at: number): boolean {
  return text[at] === '#' || (text[at] === '/' && text[at + 1] === '/');
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function afterOrEnd(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

/** Past one string, heredoc, comment, bracketed part or character. */
function skipToken(text: string, at: number): number {
  const char = text[at]!;
  if (char === '"') return skipString(text, at);
  if (OPENING.includes(char)) return skipNested(text, at);
  if (isLineComment(text, at)) return endOfLine(text, at);
  if (char === '/' && text[at + 1] === '*') return afterOrEnd(text, '*/', at + 2);
  if (char === '<' && text[at + 1] === '<') return skipHeredoc(text, at);
  return at + 1;
}

/** From an opening bracket to just after its closing one. */
function skipNested(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    if (OPENING.includes(text[at]!)) {
      depth++;
      at++;
    } else if (CLOSING.includes(text[at]!)) {
      at++;
      if (--depth === 0) return at;
    } else {
      at = skipToken(text, at);
    }
  }
  return at;
}

/** An expression ends with its line, unless a bracket, string or heredoc of it goes on. */
function skipExpression(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '\n' && !CLOSING.includes(text[at]!)) {
    if (isLineComment(text, at)) return at;
    at = skipToken(text, at);
  }
  return at;
}

function skipString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') return at + 1;
    if (char === '\n') return at;
    if (char === '\\') at += 2;
    else if ((char === '$' || char === '%') && text[at + 1] === char && text[at + 2] === '{') at += 3;
    else if ((char === '$' || char === '%') && text[at + 1] === '{') at = skipNested(text, at + 1);
    else at++;
  }
  return at;
}

function skipHeredoc(text: string, at: number): number {
  HEREDOC.lastIndex = at;
  const opening = HEREDOC.exec(text);
  if (!opening) return at + 2;
  const closing = new RegExp(`^[ \\t]*${opening[1]!.replaceAll('.', '\\.')}[ \\t]*\\r?$`, 'm');
  const rest = text.slice(HEREDOC.lastIndex);
  const found = closing.exec(rest);
  return found ? HEREDOC.lastIndex + found.index + found[0].length : text.length;
}
