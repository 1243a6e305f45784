import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';

const pathOf = (outputPath: string) => `${outputPath}.begin.json`;

/** Keeps beside an attempt's output what was so directly before its first change; replaces what stood there. No secrets. */
export async function writeBeginNote(outputPath: string, note: object): Promise<void> {
  await mkdir(dirname(outputPath), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(outputPath), JSON.stringify(note));
}

/** What was noted; undefined when nothing was, or not here. */
export async function readBeginNote(outputPath: string): Promise<JsonObject | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(pathOf(outputPath), 'utf8'));
    return isJsonObject(note) ? note : undefined;
  } catch {
    return undefined;
  }
}
