import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Lines of the text that hold the secret, plain or in base64. */
export function linesWith(text: string, secret: string): string[] {
  return text.split('\n').filter((line) => forms(secret).some((form) => line.includes(form)));
}

/** Files below the folder that hold the secret, plain or in base64. A folder that is not there holds none. */
export async function filesWith(dir: string, secret: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path, 'latin1').catch(() => '');
    if (forms(secret).some((form) => content.includes(form))) found.push(path);
  }
  return found;
}

function forms(secret: string): string[] {
  // Base64 of a text depends on what stands before it: the three alignments, without their unsure ends.
  const aligned = ['', 'a', 'aa'].map((before) =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, ...aligned];
}
