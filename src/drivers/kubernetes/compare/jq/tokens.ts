/** A piece of a jq expression, with where it begins (counted from 1). */
export interface Token {
  kind: 'field' | 'name' | 'variable' | 'text' | 'number' | 'sign' | 'end';
  text: string;
  column: number;
}

const SPACE = /[ \t\r\n]+|#[^\n]*/y;
const PARTS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['field', /\.[A-Za-z_][A-Za-z0-9_]*/y],
  ['variable', /\$[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['text', /"(?:[^"\\]|\\.)*"/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['sign', /\/\/=|\?\/\/|\|=|\/\/|==|!=|<=|>=|\.\.|[.[\](){}|,:;?<>+\-*/%=@]/y],
];

/** The tokens of an expression, the last one `end`; undefined with the column of what is no token. */
export function tokensOf(source: string): { tokens: Token[] } | { column: number } {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipped(source, at);
    if (at >= source.length) break;
    const token = tokenAt(source, at);
    if (!token) return { column: at + 1 };
    tokens.push(token);
    at += token.text.length;
  }
  return { tokens: [...tokens, { kind: 'end', text: '', column: source.length + 1 }] };
}

function skipped(source: string, from: number): number {
  let at = from;
  for (;;) {
    SPACE.lastIndex = at;
    const match = SPACE.exec(source);
    if (!match) return at;
    at += match[0].length;
  }
}

function tokenAt(source: string, at: number): Token | undefined {
  for (const [kind, pattern] of PARTS) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) return { kind, text: match[0], column: at + 1 };
  }
  return undefined;
}
