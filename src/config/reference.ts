import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { DOCUMENTED_ENV } from './process-env.ts';

/** Where the generated part of docs/configuration.md begins and ends. */
const REFERENCE_MARKS = {
  begin: '<!-- reference: begin -->',
  end: '<!-- reference: end -->',
} as const;

/** Every key of the config with its type, default and meaning, as Markdown tables made from the JSON Schema. */
export function configReference(schema: JsonObject): string {
  const top = properties(schema);
  const plain = top.filter(([, node]) => childrenOf(node).length === 0);
  const sections = top.filter(([, node]) => childrenOf(node).length > 0);
  return [
    '## Top level',
    '',
    ...table(plain.map(([key, node]) => row(key, node, schema))),
    ...sections.flatMap(([key, node]) => sectionText(key, node)),
    '## Environment variables',
    '',
    'These are read besides those that the config names, and those that tools and SDKs read themselves (proxies, cloud credentials, `SSH_AUTH_SOCK`).',
    '',
    '| Variable | Meaning |',
    '|---|---|',
    ...Object.entries(DOCUMENTED_ENV).map(([name, meaning]) => `| \`${name}\` | ${cell(meaning)} |`),
    '',
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n');
}

/** The document with its generated part replaced. @throws Error when the marks are missing */
export function withReference(document: string, reference: string): string {
  const begin = document.indexOf(REFERENCE_MARKS.begin);
  const end = document.indexOf(REFERENCE_MARKS.end);
  if (begin < 0 || end < begin) throw new Error('docs/configuration.md has lost the marks of its reference');
  return `${document.slice(0, begin)}${REFERENCE_MARKS.begin}\n\n${reference}\n${document.slice(end)}`;
}

function sectionText(key: string, node: JsonObject): string[] {
  return ['', `## ${key}`, '', ...describe(node), ...table(rowsOf(node, '')), ''];
}

function describe(node: JsonObject): string[] {
  return typeof node.description === 'string' ? [node.description, ''] : [];
}

/** The rows of a section; keys of sections in it are written with dots, those of list items after `[]`. */
function rowsOf(node: JsonObject, prefix: string): string[] {
  return childrenOf(node).flatMap(([owner, key, child]) => {
    const name = `${prefix}${key}`;
    const nested = childrenOf(child);
    if (nested.length === 0) return [row(name, child, owner)];
    const own = typeof child.description === 'string' ? [row(name, child, owner)] : [];
    return [...own, ...rowsOf(child, `${name}${isList(child) ? '[].' : '.'}`)];
  });
}

/** Keys of a section, of the items of a list of sections, or of the section among several alternatives. */
function childrenOf(node: JsonObject): [owner: JsonObject, key: string, child: JsonObject][] {
  const alternatives = Array.isArray(node.anyOf) ? node.anyOf.filter(isJsonObject) : [];
  const own = properties(node).map(([key, child]): [JsonObject, string, JsonObject] => [node, key, child]);
  const items = isJsonObject(node.items) ? childrenOf(node.items) : [];
  return [...own, ...items, ...alternatives.flatMap(childrenOf)];
}

function properties(node: JsonObject): [string, JsonObject][] {
  const members = isJsonObject(node.properties) ? Object.entries(node.properties) : [];
  return members.filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
}

function isList(node: JsonObject): boolean {
  return node.type === 'array';
}

function row(name: string, node: JsonObject, owner: JsonObject): string {
  const required = Array.isArray(owner.required) && owner.required.includes(name.split('.').at(-1)!);
  const fallback =
    node.default === undefined ? (required ? '**required**' : '') : `\`${JSON.stringify(node.default)}\``;
  const meaning = typeof node.description === 'string' ? node.description : '';
  return `| \`${name}\` | ${cell(typeName(node))} | ${cell(fallback)} | ${cell(meaning)} |`;
}

function table(rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows];
}

function typeName(node: JsonObject): string {
  if (Array.isArray(node.enum))
    return node.enum.map((value) => `\`${JSON.stringify(value).replaceAll('"', '')}\``).join(', ');
  if (node.const !== undefined) return `\`${JSON.stringify(node.const).replaceAll('"', '')}\``;
  if (Array.isArray(node.anyOf)) return node.anyOf.filter(isJsonObject).map(typeName).join(' or ');
  if (node.type === 'array')
    return isJsonObject(node.items) ? `list of ${plural(typeName(node.items))}` : 'list';
  return simpleType(node.type);
}

function simpleType(type: JsonValue | undefined): string {
  if (Array.isArray(type)) return 'duration';
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'true or false',
    integer: 'number',
    object: 'section',
  };
  return typeof type === 'string' ? (names[type] ?? type) : '';
}

function plural(name: string): string {
  return name.startsWith('`') || name.includes(' ') ? name : `${name}s`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
