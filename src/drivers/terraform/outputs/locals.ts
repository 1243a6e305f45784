import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { scanHcl } from '../hcl-scan.ts';
import { readConfigFiles } from '../plan-file.ts';

/** The source texts of a module's local values by name, of all definitions together; undefined when they can't be had. */
export type LocalsOf = (module: readonly string[]) => ReadonlyMap<string, string> | undefined;

/**
 * Reads local values from a binary plan, since a plan's JSON leaves them out. It holds the configuration of every module,
 * those from registries included. Nothing is read before the first question.
 */
export function localsOfPlan(archive: Buffer): LocalsOf {
  let modules: Map<string, Map<string, string>> | undefined;
  return (module) => (modules ??= readLocals(archive)).get(module.join('.'));
}

function readLocals(archive: Buffer): Map<string, Map<string, string>> {
  const modules = new Map<string, Map<string, string>>();
  for (const { module, name, text } of readConfigFiles(archive)) {
    const locals = modules.get(module) ?? new Map<string, string>();
    modules.set(module, locals);
    const found = name.endsWith('.json') ? jsonLocals(text) : hclLocals(text);
    for (const [local, expression] of found) locals.set(local, `${locals.get(local) ?? ''}\n${expression}`);
  }
  return modules;
}

function hclLocals(text: string): [string, string][] {
  return scanHcl(text)
    .blocks.filter(({ type }) => type === 'locals')
    .flatMap(({ body }) => scanHcl(body).attributes)
    .map(({ name, expression }) => [name, expression]);
}

function jsonLocals(text: string): [string, string][] {
  let root: JsonValue;
  try {
    root = JSON.parse(text) as JsonValue;
  } catch {
    return [];
  }
  const blocks = isJsonObject(root) ? [root['locals']].flat() : [];
  return blocks.flatMap((block) =>
    isJsonObject(block)
      ? Object.entries(block).map(([name, value]): [string, string] => [name, JSON.stringify(value)])
      : [],
  );
}
