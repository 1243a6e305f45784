import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { JsonValue } from '../../../domain/json.ts';
import { createYamlReader, type YamlFault } from './yaml-value.ts';

/** A document of a YAML file, as kubectl reads it. */
export interface YamlDocument {
  /** Of the file's lines, where its content begins. */
  line: number;
  /** null of an empty document; meaningless where there are faults. */
  value: JsonValue;
  faults: YamlFault[];
  /** Where the value at these keys stands, and how it is written there; the document itself when that can't be told. */
  at(path: readonly (string | number)[]): { line: number; source: string | undefined };
}

/** One fault brings others along. */
const MOST_FAULTS = 3;
const MARKER = /^---(?=\s|$)/;
const NOTHING = /^(?:\s*(?:#.*)?|%.*|---\s*(?:#.*)?|\.\.\.\s*(?:#.*)?)$/;

/**
 * Reads the documents of a text. Each is read on its own, as kubectl does, so that a fault in one leaves the others; documents
 * without content are left out. Types of scalars are those of `readPlainScalar`.
 */
export function readYamlDocuments(text: string): YamlDocument[] {
  return splitDocuments(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')).flatMap(
    ({ text: part, line }) => readPart(part, line),
  );
}

function splitDocuments(text: string): { text: string; line: number }[] {
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  const starts = [0, ...lines.flatMap((line, index) => (index > 0 && MARKER.test(line) ? [index] : []))];
  return starts.flatMap((start, index) => {
    const part = lines.slice(start, starts[index + 1]);
    if (part.every((line) => NOTHING.test(line.trimEnd()))) return [];
    return [{ text: `${part.join('\n')}\n`, line: start + 1 }];
  });
}

function readPart(text: string, firstLine: number): YamlDocument[] {
  const counter = new LineCounter();
  // What is missing at the end is missing in the last line that says something.
  const lastLine = firstLine + text.trimEnd().split('\n').length - 1;
  const lineAt = (offset: number) => Math.min(counter.linePos(offset).line + firstLine - 1, lastLine);
  try {
    const documents = parseAllDocuments(text, {
      schema: 'failsafe',
      lineCounter: counter,
      prettyErrors: false,
      logLevel: 'silent',
      // Looked at by the reader: here each key would be compared with all others.
      uniqueKeys: false,
    });
    return Array.from(documents, (document) => readDocument(document, lineAt));
  } catch (error) {
    // The parser knows no bound of its own for nested lists.
    const message = error instanceof RangeError ? 'is nested too deeply' : String(error);
    const at = () => ({ line: firstLine, source: undefined });
    return [{ line: firstLine, value: null, faults: [{ line: firstLine, message }], at }];
  }
}

function readDocument(document: Document.Parsed, lineAt: (offset: number) => number): YamlDocument {
  const line = lineAt(document.contents?.range?.[0] ?? document.range[0]);
  const faults = document.errors.slice(0, MOST_FAULTS).map((error) => ({
    line: lineAt(error.pos[0]),
    message: plainMessage(error),
  }));
  const at: YamlDocument['at'] = (path) => place(document, path, lineAt) ?? { line, source: undefined };
  if (faults.length > 0) return { line, value: null, faults, at };
  const reader = createYamlReader(document, lineAt);
  const value = reader.read(document.contents);
  return { line, value, faults: onlyOnce(reader.faults), at };
}

/** What an alias stands for is read once for each alias. */
function onlyOnce(faults: readonly YamlFault[]): YamlFault[] {
  return [...new Map(faults.map((fault) => [`${fault.line} ${fault.message}`, fault])).values()];
}

function plainMessage({ code, message }: { code: string; message: string }): string {
  // Others name kinds of tokens; this one quotes the text, which may be a secret.
  if (code === 'UNEXPECTED_TOKEN')
    return 'This is not what YAML has at such a place; look at the quotes and the indentation before it';
  return message;
}

function place(
  document: Document.Parsed,
  path: readonly (string | number)[],
  lineAt: (offset: number) => number,
): { line: number; source: string | undefined } | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) node = node.items.find(({ key }) => isScalar(key) && key.source === String(step))?.value;
    else if (isSeq(node)) node = node.items[Number(step)];
    else return undefined;
  }
  const range = (node as { range?: [number, number, number] | null } | undefined)?.range;
  if (!range) return undefined;
  return { line: lineAt(range[0]), source: isScalar(node) ? node.source : undefined };
}
