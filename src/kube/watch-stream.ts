import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { readKubeJson } from './exact-numbers.ts';

/** Longer than any object that etcd takes; what goes on longer is no stream of objects. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** One line of a watch: `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`, whose object is a Status. */
export interface WatchLine {
  type: string;
  object: JsonObject;
}

/** Takes the chunks of a watch apart into its lines; null for one that is no event. */
export async function* watchLines(chunks: AsyncIterable<string>): AsyncGenerator<WatchLine | null> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield readLine(line);
    if (rest.length > LONGEST_LINE) yield null;
  }
  // What is left was cut off with the connection: it comes again.
}

function readLine(line: string): WatchLine | null {
  try {
    const value = readKubeJson(line);
    if (isJsonObject(value) && typeof value['type'] === 'string' && isJsonObject(value['object']))
      return { type: value['type'], object: value['object'] };
  } catch {
    // Said by the null below.
  }
  return null;
}
