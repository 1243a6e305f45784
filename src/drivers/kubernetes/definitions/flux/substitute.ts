import { matchesGlob } from '../../../../domain/glob.ts';

/** A text with its variables filled in, and the names of those that nobody defined. */
export interface Substituted {
  text: string;
  undefined: string[];
}

const NAME = /^[_A-Za-z][_A-Za-z0-9]*$/;

/** Whether Flux takes this for the name of a variable. */
export function isVariableName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Fills in `${var}` and what else Flux's post-build substitution knows: defaults (`:-`, `:=`, `=`), lengths (`#var`),
 * cases (`^`, `^^`, `,`, `,,`), parts (`:2:3`), prefixes and suffixes (`#`, `##`, `%`, `%%`) and replacements (`/`, `//`,
 * `/#`, `/%`). `$${var}` stays as `${var}`; `$var` is no variable. A variable without value and default is named, and so is
 * what isn't understood.
 * Source: https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 * @param onMade told of each variable that was filled in, and of what it came to
 */
export function substitute(
  text: string,
  variables: Readonly<Record<string, string>>,
  onMade: (name: string, made: string) => void = () => undefined,
): Substituted {
  const missing = new Set<string>();
  const fill = (given: string): string => {
    let made = '';
    let at = 0;
    for (;;) {
      const start = given.indexOf('${', at);
      if (start < 0) return made + given.slice(at);
      const end = closing(given, start + 2);
      if (end < 0) return made + given.slice(at);
      if (given[start - 1] === '$' && start > at) {
        made += given.slice(at, start - 1) + given.slice(start, end + 1);
      } else {
        made +=
          given.slice(at, start) + expand(given.slice(start + 2, end), variables, { fill, missing, onMade });
      }
      at = end + 1;
    }
  };
  return { text: fill(text), undefined: [...missing].sort() };
}

interface Filling {
  fill: (text: string) => string;
  missing: Set<string>;
  onMade: (name: string, made: string) => void;
}

/** Where the brace closes that was opened before `from`; -1 when it doesn't. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function expand(expression: string, variables: Readonly<Record<string, string>>, filling: Filling): string {
  const { fill, missing, onMade } = filling;
  const parts = /^(#?)([_A-Za-z][_A-Za-z0-9]*)([\s\S]*)$/.exec(expression);
  const refuse = () => {
    missing.add(expression);
    return '';
  };
  if (parts === null) return refuse();
  const [, hash = '', name = '', rest = ''] = parts;
  const value = Object.hasOwn(variables, name) ? variables[name]! : undefined;
  const fallback = /^(:-|:=|=)([\s\S]*)$/.exec(rest);
  if (fallback !== null) {
    const isEmptyUnset = fallback[1]!.startsWith(':');
    const unset = value === undefined || (isEmptyUnset && value === '');
    if (unset) return fill(fallback[2]!);
    onMade(name, value);
    return value;
  }
  const known = value ?? '';
  const made = hash === '#' ? lengthOf(known, rest) : operate(known, fill(rest));
  if (made === undefined) return refuse();
  if (value === undefined) missing.add(name);
  else onMade(name, made);
  return made;
}

function lengthOf(value: string, rest: string): string | undefined {
  return rest === '' ? String(Buffer.byteLength(value)) : undefined;
}

/** undefined of an operation that is not known. */
function operate(value: string, operation: string): string | undefined {
  switch (operation) {
    case '':
      return value;
    case '^':
      return value.slice(0, 1).toUpperCase() + value.slice(1);
    case '^^':
      return value.toUpperCase();
    case ',':
      return value.slice(0, 1).toLowerCase() + value.slice(1);
    case ',,':
      return value.toLowerCase();
  }
  const part = /^:\s*(-?\d+)(?::\s*(\d+))?$/.exec(operation);
  if (part !== null) {
    const from = Number(part[1]);
    return value.slice(
      from,
      part[2] === undefined ? undefined : (from < 0 ? value.length + from : from) + Number(part[2]),
    );
  }
  const cut = /^(##?|%%?)([\s\S]*)$/.exec(operation);
  if (cut !== null) return cutOff(value, cut[1]!, cut[2]!);
  const replaced = /^(\/\/|\/#|\/%|\/)([\s\S]*?)\/([\s\S]*)$/.exec(operation);
  return replaced === null ? undefined : replace(value, replaced.slice(1) as [string, string, string]);
}

/** Patterns are globs with `*` and `?`; a doubled sign takes the longest match. */
function cutOff(value: string, sign: string, pattern: string): string {
  const longest = sign.length === 2;
  const lengths = Array.from({ length: value.length + 1 }, (_, index) => index);
  if (longest) lengths.reverse();
  const atStart = sign.startsWith('#');
  const found = lengths.find((length) =>
    matchesGlob(pattern, atStart ? value.slice(0, length) : value.slice(value.length - length)),
  );
  if (found === undefined) return value;
  return atStart ? value.slice(found) : value.slice(0, value.length - found);
}

function replace(value: string, [kind, from, to]: [string, string, string]): string {
  if (from === '') return value;
  if (kind === '/#') return value.startsWith(from) ? to + value.slice(from.length) : value;
  if (kind === '/%') return value.endsWith(from) ? value.slice(0, -from.length) + to : value;
  return kind === '//' ? value.replaceAll(from, () => to) : value.replace(from, () => to);
}
