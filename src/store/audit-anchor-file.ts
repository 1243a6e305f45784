import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AuditHead } from '../domain/audit.ts';
import type { HeadAnchor } from './audit-anchor.ts';

/** Where heads are written when nothing is configured. */
export function defaultHeadsPath(dataDir: string): string {
  return join(dataDir, 'audit', 'heads.ndjson');
}

/**
 * A file that only grows, one head per line: `{"seq", "hash", "at", "signature", "key_id"}`. Put it where the store's
 * database can't be reached from: another disk, another machine, a mount that only appends.
 */
export function fileAnchor(path: string): HeadAnchor & { read(): Promise<AuditHead[]> } {
  const name = `file ${path}`;
  return {
    name,
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
        .map((line, index) => headOf(line, `${name}, line ${index + 1}`))
        .filter((head) => head !== undefined);
    },
  };
}

/** A head as a line of JSON. */
function headLine({ seq, hash, at, signature, keyId }: AuditHead): string {
  return JSON.stringify({ seq, hash, at, signature, key_id: keyId });
}

function headOf(line: string, anchor: string): AuditHead | undefined {
  if (line === '') return undefined;
  const unreadable = { seq: 0, hash: '', at: '', signature: '', keyId: '', anchor };
  try {
    const { seq, hash, at, signature, key_id: keyId } = JSON.parse(line) as Record<string, unknown>;
    const texts = [hash, at, signature, keyId].every((value) => typeof value === 'string');
    if (!texts || !Number.isSafeInteger(seq)) return unreadable;
    return { seq, hash, at, signature, keyId, anchor } as AuditHead;
  } catch {
    return unreadable;
  }
}
