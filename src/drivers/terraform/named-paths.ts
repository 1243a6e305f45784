/** A path that stands in a configuration, as written: with its steps upwards. */
export interface NamedPath {
  /** `module`: below the module's folder. `root`: below the stack's. `either`: nobody can tell without evaluating. */
  base: 'module' | 'root' | 'either';
  path: string;
}

/** What a configuration names of the repository. */
export interface NamedPaths {
  paths: NamedPath[];
  /** The first expression that decides over a path and can't be told; undefined: there is none. */
  unresolved: string | undefined;
}

/** Functions that read files; the first argument says where. */
const READS =
  /\b(?:file(?:base64|exists|md5|set|sha1|sha256|sha512|base64sha256|base64sha512)?|templatefile)\s*\(/g;
/** `${path.module}/../x`, and `path.module` by itself with the text that follows it. */
const BASED = /\$\{\s*path\.(module|root|cwd)\s*\}((?:\/[\w.@+~%-]*)*)([$*?[{]?)/g;
/** A text with a step upwards that begins with no expression. `...` and `a..b` are none. */
const UPWARDS = /(?<![\w.@+~%}/$-])((?:[\w.@+~%-]+\/)*\.\.(?:\/[\w.@+~%-]*)*)(?![\w.])([$*?[{]?)/g;
/** A step upwards from where only an expression leads to. */
const FROM_EXPRESSION = /\$\{\s*(?!path\.(?:module|root|cwd)\s*\})[^{}]*\}[\w.@+~%/-]*\/\.\.(?=[/"'\s\\])/;
const REFERENCE = /\b(?:var|local|each|data|module|self|count|terraform)\s*\.|\.\./;

/**
 * The paths that a text of HCL or its JSON form names: files that functions read, scripts that provisioners run, folders.
 * Nothing is evaluated: of a path that goes on with an expression or a glob, the folder before it is named; what begins with an
 * expression can't be told. Plain names without a step upwards lie in the stack's own folder and are left out.
 */
export function namedPaths(text: string, known: readonly string[] = []): NamedPaths {
  const plain = withoutComments(text);
  const paths: NamedPath[] = [];
  for (const [, base, path = '', cut] of plain.matchAll(BASED)) {
    paths.push({ base: base === 'module' ? 'module' : 'root', path: `.${upToFolder(path, cut)}` });
  }
  for (const [, path = '', cut] of plain.matchAll(UPWARDS)) {
    if (!known.includes(path)) paths.push({ base: 'either', path: upToFolder(path, cut) });
  }
  return { paths, unresolved: FROM_EXPRESSION.exec(plain)?.[0] ?? unresolvedRead(plain) };
}

/** Without a last step that goes on with an expression. */
function upToFolder(path: string, cut: string | undefined): string {
  return cut ? path.slice(0, Math.max(0, path.lastIndexOf('/'))) : path;
}

function unresolvedRead(text: string): string | undefined {
  for (const call of text.matchAll(READS)) {
    const argument = firstArgument(text, call.index + call[0].length);
    if (!isTold(argument)) return `${call[0]}${argument}`;
  }
  return undefined;
}

/** Whether the beginning of a path can be told: a text that begins as one, or a call with nothing but texts and `path.…` in it. */
function isTold(argument: string): boolean {
  const [, quoted] = /^\\?"([\s\S]*)$/.exec(argument) ?? [];
  if (quoted !== undefined) return !/^\$\{\s*(?!path\.(?:module|root|cwd)\s*\})/.test(quoted);
  return !REFERENCE.test(argument);
}

function firstArgument(text: string, start: number): string {
  let depth = 0;
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && depth-- === 0) break;
    else if (char === ',' && depth === 0) break;
  }
  return text.slice(start, at).trim();
}

/** Comments are no configuration; in texts and heredocs their signs are none. */
function withoutComments(text: string): string {
  const kept =
    /("(?:[^"\\\n]|\\.)*"|<<-?[ \t]*([A-Za-z_][\w.-]*)[ \t]*\r?\n[\s\S]*?\n[ \t]*\2[ \t]*(?=\r?\n|$))|#.*|\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replaceAll(kept, (_, literal: string | undefined) => literal ?? ' ');
}
