import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AuditHead } from '../domain/audit/record.ts';
import { type HeadAnchor, headLine, headOf } from './audit-anchor.ts';

/** Where heads are written when nothing is configured. */
export function defaultHeadsPath(dataDir: string): string {
  return join(dataDir, 'audit', 'heads.ndjson');
}

/**
 * A file that only grows, one head per line: `{"seq", "hash", "at", "signature", "key_id"}`. Whoever owns this machine can
 * change it beside the database: it is local, and never counts as outside.
 */
export function fileAnchor(path: string): HeadAnchor & { read(): Promise<AuditHead[]> } {
  const name = `local file ${path}`;
  return {
    name,
    outside: false,
    async write(head) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(path, 'a+', 0o600);
      try {
        const { size } = await file.stat();
        const last = Buffer.alloc(1);
        if (size > 0) await file.read(last, 0, 1, size - 1);
        // Half a line that a killed process left must not swallow this one.
        const start = size > 0 && last.toString() !== '\n' ? '\n' : '';
        await file.appendFile(`${start}${headLine(head)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async read() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      return text
        .split('\n')
        .flatMap((line, index) => (line === '' ? [] : [headOf(line, `${name}, line ${index + 1}`)]));
    },
  };
}
