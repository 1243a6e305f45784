import { isMap, isScalar, isSeq, parseAllDocuments, type Document, type YAMLSeq } from 'yaml';

/** Which of a file's documents is meant: its kind and name; no name for a kustomization file. */
export interface DocumentId {
  kind: string;
  name?: string;
}

/**
 * Adds items to a list of one document of a YAML text, where they are missing; comments, order and all other documents stay as
 * they are written.
 * @param path keys to the list, which is made when it is not there
 */
export function addToList(
  text: string,
  id: DocumentId,
  path: readonly string[],
  items: readonly (string | Record<string, string>)[],
): string {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return text;
  const document = documents.find((each) => isDocument(each, id));
  if (document === undefined) return text;
  const list = listAt(document, path);
  const missing = items.filter((item) => !holds(list, item));
  if (missing.length === 0) return text;
  for (const item of missing) list.add(document.createNode(item));
  return withDocument(text, documents, document);
}

/** A text with one more document at its end. */
export function withMore(text: string | undefined, document: string): string {
  if (text === undefined || text.trim() === '') return document;
  return `${text.replace(/\n*$/, '\n').replace(/\n---\n$/, '\n')}---\n${document}`;
}

function isDocument(document: Document.Parsed, { kind, name }: DocumentId): boolean {
  if (!isMap(document.contents) || document.get('kind') !== kind) return false;
  return name === undefined || document.getIn(['metadata', 'name']) === name;
}

function listAt(document: Document.Parsed, path: readonly string[]): YAMLSeq {
  const found = document.getIn(path);
  if (isSeq(found)) return found;
  const list = document.createNode([]) as YAMLSeq;
  document.setIn(path, list);
  return list;
}

function holds(list: YAMLSeq, wanted: string | Record<string, string>): boolean {
  return list.items.some((item) => {
    if (typeof wanted === 'string') return isScalar(item) && item.value === wanted;
    return isMap(item) && Object.entries(wanted).every(([key, value]) => item.get(key) === value);
  });
}

/** The other documents stay as they are written, blanks and all. */
function withDocument(text: string, documents: readonly Document.Parsed[], changed: Document.Parsed): string {
  const index = documents.indexOf(changed);
  const start = index === 0 ? 0 : documents[index - 1]!.range[2];
  const body = changed.toString({
    lineWidth: 0,
    // As the file has it: items below their key, or beneath it.
    indentSeq: !/^( *)[\w.-]+:\n\1- /m.test(text),
    flowCollectionPadding: /\{ /.test(text) || !/\{\S/.test(text),
  });
  return `${text.slice(0, start)}${body}${text.slice(changed.range[2])}`;
}
