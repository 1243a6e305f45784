import { posix } from 'node:path';
import { isUtf8 } from 'node:buffer';
import { sourceFault } from './source-fault.ts';
import type { SourceReader } from './source-reader.ts';

/** Comments and texts are matched, too, so that an `import` in one of them is not taken for one. */
const TOKEN =
  /\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|\|\|\|[\s\S]*?\n\s*\|\|\||\b(import|importstr|importbin)\s*(?:@"((?:[^"]|"")*)"|@'((?:[^']|'')*)'|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

/** A file that a Jsonnet file imports. */
export interface JsonnetImport {
  target: string;
  line: number;
  /** Whether what is imported is Jsonnet itself. */
  isCode: boolean;
}

/** What a Jsonnet file imports: the language allows literal texts only. Source: https://jsonnet.org/ref/spec.html */
export function readImports(text: string): JsonnetImport[] {
  return Array.from(text.matchAll(TOKEN)).flatMap((match) => {
    const [, keyword, ...targets] = match;
    const target = targets.find((each) => each !== undefined);
    if (keyword === undefined || target === undefined) return [];
    const line = text.slice(0, match.index).split('\n').length;
    return [{ target: target.replaceAll(/\\(.)/g, '$1'), line, isCode: keyword === 'import' }];
  });
}

/**
 * Reads a Jsonnet file and all that it imports, as Jsonnet looks for it: beside the importing file, then in the library folders,
 * the last one first. What would be read from outside of the repository is refused.
 * @throws PlumblineError `config_invalid` with file and line, and as the reader
 */
export async function readJsonnetClosure(
  reader: SourceReader,
  file: string,
  jpath: readonly string[],
): Promise<Set<string>> {
  const seen = new Set<string>();
  const waiting = [{ file, isCode: true }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.file)) continue;
    seen.add(next.file);
    const content = await reader.read(next.file);
    if (!next.isCode || content === undefined || !isUtf8(content)) continue;
    for (const found of readImports(content.toString('utf8'))) {
      const target = await locate(reader, { importer: next.file, jpath }, found);
      waiting.push({ file: target, isCode: found.isCode });
    }
  }
  return seen;
}

async function locate(
  reader: SourceReader,
  { importer, jpath }: { importer: string; jpath: readonly string[] },
  { target, line }: JsonnetImport,
): Promise<string> {
  const folders = [posix.dirname(importer), ...jpath.toReversed()];
  const isOutside = (path: string) => path === '..' || path.startsWith('../');
  const candidates = folders.map((folder) => posix.join(folder, target));
  if (posix.isAbsolute(target) || candidates.every(isOutside))
    throw sourceFault({
      file: importer,
      line,
      summary: `${target} is outside of the repository`,
      detail: 'A stack may only use what its commit holds; copy it into the repository.',
    });
  for (const candidate of candidates) {
    // The first folder that has it counts, so that none outside may come before.
    if (isOutside(candidate)) break;
    if ((await reader.read(candidate)) !== undefined) return candidate;
  }
  throw sourceFault({
    file: importer,
    line,
    summary: `${target} is not there`,
    detail:
      'Vendor it into the repository and name its folder in jsonnet.jpath of the stack in drivers.kubernetes.stacks.',
  });
}
