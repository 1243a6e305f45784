import { isJsonObject, type JsonValue } from '../../../../domain/json.ts';
import type { Filled } from './fast-template.ts';
import { normalised, type Parameters } from './git-generator.ts';

/**
 * Fills in a Go template as far as ApplicationSets commonly use them: fields (`.path.basename`), `index`, texts, pipes, and
 * some functions of Sprig. What goes beyond (`if`, `range`, variables) is a fault, and so is a field that isn't there.
 * Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/
 */
export function fillGoTemplate(text: string, parameters: Parameters): Filled {
  let fault: string | undefined;
  const filled = text.replaceAll(/(\s*)\{\{(-?)([\s\S]*?)(-?)\}\}(\s*)/g, (...found) => {
    const [, before, trimLeft, expression, trimRight, after] = found as string[];
    const made = evaluate(expression!.trim(), parameters);
    if ('fault' in made) fault ??= made.fault;
    const shown = 'fault' in made ? '' : asText(made.value);
    return `${trimLeft === '-' ? '' : before}${shown}${trimRight === '-' ? '' : after}`;
  });
  return fault === undefined ? { text: filled } : { text: filled, fault };
}

type Value = { value: JsonValue } | { fault: string };
type Fn = (args: readonly JsonValue[]) => JsonValue | undefined;

const text = (value: JsonValue | undefined) => (value === undefined ? '' : asText(value));

/** In a pipe, what is piped comes last. */
const FUNCTIONS: Readonly<Record<string, Fn>> = {
  index: ([from, ...path]) =>
    path.reduce<JsonValue | undefined>((here, key) => {
      if (Array.isArray(here)) return here[Number(key)];
      return isJsonObject(here) ? here[text(key)] : undefined;
    }, from),
  normalize: ([one]) => normalised(text(one)),
  slugify: ([one]) => normalised(text(one)).replaceAll('.', '-'),
  lower: ([one]) => text(one).toLowerCase(),
  upper: ([one]) => text(one).toUpperCase(),
  trim: ([one]) => text(one).trim(),
  quote: ([one]) => JSON.stringify(text(one)),
  squote: ([one]) => `'${text(one)}'`,
  toString: ([one]: readonly JsonValue[]) => text(one),
  trimPrefix: ([cut, one]) =>
    text(one).startsWith(text(cut)) ? text(one).slice(text(cut).length) : text(one),
  trimSuffix: ([cut, one]) =>
    text(cut) !== '' && text(one).endsWith(text(cut)) ? text(one).slice(0, -text(cut).length) : text(one),
  replace: ([from, to, one]) => text(one).replaceAll(text(from), () => text(to)),
  default: ([fallback, one]) => (one === undefined || one === '' || one === null ? fallback : one),
  join: ([between, list]) => (Array.isArray(list) ? list.map(asText).join(text(between)) : text(list)),
  printf: ([format, ...args]) => {
    let at = 0;
    return text(format).replaceAll(/%[sdv]/g, () => text(args[at++]));
  },
};

function evaluate(expression: string, parameters: Parameters): Value {
  let piped: JsonValue[] = [];
  let value: JsonValue | undefined;
  for (const command of splitPipes(expression)) {
    const tokens = tokensOf(command);
    if (tokens === undefined) return { fault: `{{ ${expression} }} is not understood` };
    const [head = '', ...rest] = tokens;
    const isCall = Object.hasOwn(FUNCTIONS, head);
    const args = (isCall ? rest : tokens).map((token) => operand(token, parameters));
    if (args.includes('unreadable') || (!isCall && args.length !== 1))
      return { fault: `{{ ${expression} }} is not understood` };
    const values = args.map((one) => (one as { value: JsonValue | undefined }).value);
    value = isCall ? FUNCTIONS[head]!([...values, ...piped] as JsonValue[]) : values[0];
    piped = [value ?? null];
    if (value === undefined && !/\|\s*default\b/.test(expression))
      return { fault: `{{ ${expression} }} names something that isn't there` };
  }
  return { value: value ?? '' };
}

function splitPipes(expression: string): string[] {
  return (expression.match(/(?:"(?:\\.|[^"\\])*"|`[^`]*`|[^|"`])+/g) ?? []).map((part) => part.trim());
}

/** Words and texts of a command; undefined when there is something else in it, such as brackets. */
function tokensOf(command: string): string[] | undefined {
  const tokens = command.match(/"(?:\\.|[^"\\])*"|`[^`]*`|[^\s"`]+/g) ?? [];
  return tokens.length === 0 || tokens.some((token) => /^[^"`]*[()]/.test(token)) ? undefined : tokens;
}

function operand(token: string, parameters: Parameters): { value: JsonValue | undefined } | 'unreadable' {
  if (token.startsWith('"')) {
    try {
      return { value: JSON.parse(token) as JsonValue };
    } catch {
      return 'unreadable';
    }
  }
  if (token.startsWith('`')) return { value: token.slice(1, -1) };
  if (/^-?\d+$/.test(token)) return { value: Number(token) };
  if (token === '.') return { value: parameters };
  if (!/^(?:\.[A-Za-z_][A-Za-z0-9_]*)+$/.test(token)) return 'unreadable';
  let here: JsonValue | undefined = parameters;
  for (const name of token.slice(1).split('.')) here = isJsonObject(here) ? here[name] : undefined;
  return { value: here };
}

function asText(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
