import { join, posix } from 'node:path';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { readKubeJson } from '../../../kube/exact-numbers.ts';
import { repoPath } from '../../work-tree-paths.ts';
import type { JsonnetOptions } from '../stack-options.ts';
import { readJsonnetClosure } from './jsonnet-imports.ts';
import { quietEnv, runProgram, takeTool, type RenderSession } from './render-session.ts';
import { sourceFault } from './source-fault.ts';
import type { SourceReader } from './source-reader.ts';
import { toolFailure } from './program-output.ts';

const MAIN = 'main.jsonnet';

/** The files of a folder that are evaluated: main.jsonnet alone where there is one, else each .jsonnet file. */
export function jsonnetFiles(names: readonly string[]): string[] {
  if (names.includes(MAIN)) return [MAIN];
  return names.filter((name) => name.endsWith('.jsonnet') && !name.startsWith('.'));
}

/**
 * What the Jsonnet files of a folder evaluate to: objects, in the order of files and fields.
 * @throws PlumblineError `config_invalid` with the file, `tool_not_found`, and as `runProgram` and the reader
 */
export async function evaluateJsonnet(
  session: RenderSession,
  reader: SourceReader,
  { folder, options }: { folder: string; options: JsonnetOptions },
): Promise<{ file: string; values: JsonValue[] }[]> {
  checkOptions(folder, options);
  const entries = (await reader.list(folder)) ?? [];
  const names = jsonnetFiles(entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : [])));
  if (names.length === 0)
    throw sourceFault({
      file: folder,
      line: null,
      summary: 'there is no .jsonnet file',
      detail: 'Add one, or name another source of the stack in drivers.kubernetes.stacks.',
    });
  const evaluated: { file: string; values: JsonValue[] }[] = [];
  for (const name of names) {
    const file = posix.join(folder, name);
    await readJsonnetClosure(reader, file, options.jpath);
    evaluated.push({ file, values: await evaluate(session, reader, { file, folder, options }) });
  }
  return evaluated;
}

/**
 * What an evaluation may read is known from its files; so nothing is imported by variables, or from library folders outside.
 * @throws PlumblineError `config_invalid`
 */
export function checkOptions(folder: string, { jpath, extCode, tlaCode }: JsonnetOptions): void {
  const outside = jpath.find((path) => posix.isAbsolute(path) || repoPath(path) === undefined);
  if (outside !== undefined)
    throw sourceFault({
      file: folder,
      line: null,
      summary: `the library folder ${outside} is outside of the repository`,
      detail: 'Name it relative to the root.',
    });
  const importing = Object.entries({ ...extCode, ...tlaCode }).find(([, code]) =>
    /\bimport(?:str|bin)?\b/.test(code),
  );
  if (importing !== undefined)
    throw sourceFault({
      file: folder,
      line: null,
      summary: `the Jsonnet of the variable ${importing[0]} imports`,
      detail: 'Only files may import: move it into one.',
    });
}

async function evaluate(
  session: RenderSession,
  reader: SourceReader,
  { file, folder, options }: { file: string; folder: string; options: JsonnetOptions },
): Promise<JsonValue[]> {
  const { workTree } = session.context;
  const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const { exitCode, stdout, stderr } = await runProgram(session, {
    tool: await takeTool(session, 'jsonnet'),
    args: [
      ...options.jpath.flatMap((path) => ['-J', join(workTree, path)]),
      ...pairs('--ext-str', options.extVars),
      ...pairs('--ext-code', options.extCode),
      ...pairs('--tla-str', options.tlas),
      ...pairs('--tla-code', options.tlaCode),
      join(workTree, file),
    ],
    step: 'jsonnet',
    env: quietEnv(session),
  });
  // All numbers of Jsonnet are doubles; those that it writes with more digits than that keep them.
  if (exitCode === 0) return objectsIn(readKubeJson(stdout));
  const known = new Set(Object.keys(reader.sources));
  throw toolFailure(session, { tool: 'jsonnet', stderr, folder, known });
}

/**
 * The objects of an evaluated file, as users of kubecfg and Tanka write them: one object, a list, or maps of them in maps. What
 * is neither comes along as it is, so that it is said to be no object.
 */
export function objectsIn(value: JsonValue): JsonValue[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (!isJsonObject(value) || isObject(value)) return [value];
  return Object.values(value).flatMap(objectsIn);
}

function isObject(value: Record<string, JsonValue>): boolean {
  return typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
}
