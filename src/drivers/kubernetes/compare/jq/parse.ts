import { PlumblineError } from '../../../../util/errors.ts';
import { FUNCTIONS } from './functions.ts';
import type { Expression, Operator } from './syntax.ts';
import { tokensOf, type Token } from './tokens.ts';

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const IDENTITY: Expression = { is: 'identity' };
/** Deeper nesting is no path that somebody wrote. */
const DEEPEST = 100;

/**
 * Reads a jq expression: paths, and the filters that choose among them.
 * @throws PlumblineError `jq_invalid` for what is no expression, or uses a part of jq that is not supported
 */
export function parseJq(source: string): Expression {
  const read = tokensOf(source);
  if ('column' in read) throw invalid(source, read.column, 'this is no part of an expression');
  return new Parser(source, read.tokens).whole();
}

function invalid(source: string, column: number, what: string): PlumblineError {
  return new PlumblineError(
    'jq_invalid',
    `The jq expression ${JSON.stringify(source)} can't be used: ${what} (column ${column}). ` +
      'Write a path expression, e.g. .spec.containers[] | select(.name == "x") | .image',
    { details: { column } },
  );
}

class Parser {
  private at = 0;
  private depth = 0;
  private readonly source: string;
  private readonly tokens: readonly Token[];

  constructor(source: string, tokens: readonly Token[]) {
    this.source = source;
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.pipe();
    if (this.next.kind !== 'end') throw this.fault(`${quoted(this.next)} is not expected here`);
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private sees(...texts: string[]): boolean {
    return (this.next.kind === 'sign' || this.next.kind === 'name') && texts.includes(this.next.text);
  }

  private accept(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) throw this.fault(`${text} is missing before ${quoted(this.next)}`);
  }

  private fault(what: string, token = this.next): PlumblineError {
    return invalid(this.source, token.column, what);
  }

  private pipe(): Expression {
    if (++this.depth > DEEPEST) throw this.fault('it is nested too deeply');
    try {
      const left = this.comma();
      return this.accept('|') ? { is: 'pipe', left, right: this.pipe() } : left;
    } finally {
      this.depth--;
    }
  }

  private bind(source: Expression): Expression {
    const name = this.take();
    if (name.kind !== 'variable') throw this.fault('only `as $name` is supported', name);
    this.expect('|');
    return { is: 'bind', source, name: name.text, body: this.pipe() };
  }

  private comma(): Expression {
    let left = this.alternative();
    while (this.accept(',')) left = { is: 'comma', left, right: this.alternative() };
    return left;
  }

  private alternative(): Expression {
    const left = this.disjunction();
    return this.accept('//') ? { is: 'alternative', left, right: this.alternative() } : left;
  }

  private disjunction(): Expression {
    return this.leftToRight(['or'], () => this.conjunction());
  }

  private conjunction(): Expression {
    return this.leftToRight(['and'], () => this.comparison());
  }

  private comparison(): Expression {
    const left = this.sum();
    if (!this.sees(...COMPARISONS)) return left;
    const operator = this.take().text as Operator;
    return { is: 'operator', operator, left, right: this.sum() };
  }

  private sum(): Expression {
    return this.leftToRight(['+', '-'], () => this.postfix());
  }

  private leftToRight(operators: readonly string[], part: () => Expression): Expression {
    let left = part();
    while (this.sees(...operators)) {
      const operator = this.take().text as Operator;
      left = { is: 'operator', operator, left, right: part() };
    }
    return left;
  }

  private postfix(): Expression {
    let term = this.term();
    for (;;) {
      if (this.next.kind === 'field')
        term = { is: 'index', of: term, at: { is: 'literal', value: this.take().text.slice(1) } };
      else if (this.sees('.') && this.followedByText()) {
        this.take();
        term = { is: 'index', of: term, at: this.text() };
      } else if (this.sees('.') && this.tokens[this.at + 1]?.text === '[') this.take();
      else if (this.accept('[')) term = this.brackets(term);
      else if (this.accept('?')) term = { is: 'try', body: term };
      else return this.accept('as') ? this.bind(term) : term;
    }
  }

  private followedByText(): boolean {
    return this.tokens[this.at + 1]?.kind === 'text';
  }

  private brackets(of: Expression): Expression {
    if (this.accept(']')) return { is: 'iterate', of };
    if (this.accept(':')) return this.sliceTo(of, null);
    const at = this.pipe();
    if (this.accept(':')) return this.sliceTo(of, at);
    this.expect(']');
    return { is: 'index', of, at };
  }

  private sliceTo(of: Expression, from: Expression | null): Expression {
    if (this.accept(']')) {
      if (from) return { is: 'slice', of, from, to: null };
      throw this.fault('a slice needs a beginning or an end');
    }
    const to = this.pipe();
    this.expect(']');
    return { is: 'slice', of, from, to };
  }

  private term(): Expression {
    const token = this.next;
    if (token.kind === 'field') return IDENTITY;
    if (token.kind === 'text') return this.text();
    if (token.kind === 'number') return { is: 'literal', value: Number(this.take().text) };
    if (token.kind === 'variable') return { is: 'variable', name: this.take().text };
    if (token.kind === 'name') return this.named();
    return this.signTerm();
  }

  private signTerm(): Expression {
    const token = this.next;
    if (this.accept('..')) return { is: 'descent' };
    if (this.sees('.')) {
      if (!this.followedByText()) this.take();
      return IDENTITY;
    }
    if (this.accept('(')) {
      const inner = this.pipe();
      this.expect(')');
      return inner;
    }
    if (this.accept('[')) {
      if (this.accept(']')) return { is: 'list', body: null };
      const body = this.pipe();
      this.expect(']');
      return { is: 'list', body };
    }
    if (this.accept('{')) return this.map();
    if (this.accept('-')) return { is: 'operator', operator: '-', left: zero(), right: this.postfix() };
    if (token.kind === 'end') throw this.fault('it ends too early');
    throw this.fault(`${quoted(token)} is not supported here`);
  }

  private text(): Expression {
    const token = this.take();
    if (/(^|[^\\])(\\\\)*\\\(/.test(token.text))
      throw this.fault('texts with \\(…) in them are not supported', token);
    try {
      return { is: 'literal', value: JSON.parse(token.text) as string };
    } catch {
      throw this.fault('this text is not well-formed', token);
    }
  }

  private map(): Expression {
    const members: (readonly [Expression, Expression])[] = [];
    while (!this.accept('}')) {
      if (members.length > 0) this.expect(',');
      const token = this.next;
      const key: Expression =
        token.kind === 'text' ? this.text() : { is: 'literal', value: this.take().text };
      if (token.kind !== 'text' && token.kind !== 'name')
        throw this.fault('only plain names are supported as keys', token);
      this.expect(':');
      members.push([key, this.alternative()]);
    }
    return { is: 'map', members };
  }

  private named(): Expression {
    const token = this.take();
    if (token.text === 'if') return this.condition();
    if (token.text === 'try') {
      const body = this.postfix();
      if (this.sees('catch')) throw this.fault('`catch` is not supported');
      return { is: 'try', body };
    }
    if (token.text === 'null') return { is: 'literal', value: null };
    if (token.text === 'true' || token.text === 'false')
      return { is: 'literal', value: token.text === 'true' };
    const args: Expression[] = [];
    if (this.accept('(')) {
      do args.push(this.pipe());
      while (this.accept(';'));
      this.expect(')');
    }
    const name = `${token.text}/${args.length}`;
    if (!FUNCTIONS.has(name)) throw this.fault(`${name} is not supported`, token);
    return { is: 'call', name: token.text, args };
  }

  private condition(): Expression {
    const test = this.pipe();
    this.expect('then');
    const whenTrue = this.pipe();
    if (this.accept('elif')) return { is: 'if', test, whenTrue, otherwise: this.condition() };
    const otherwise = this.accept('else') ? this.pipe() : IDENTITY;
    this.expect('end');
    return { is: 'if', test, whenTrue, otherwise };
  }
}

function zero(): Expression {
  return { is: 'literal', value: 0 };
}

function quoted(token: Token): string {
  return token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
}
