import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Recall } from '../drivers/driver.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';

/** Keeps these marks apart from anything else that is signed with the same key. */
const PURPOSE = 'plumbline recall v1\n';

/** What stands in a note. */
const Note = z.object({ mark: z.string(), digest: z.string(), encrypted: z.boolean() });

/**
 * Lets a stack's driver find the artifacts of its last plan again. The content itself stays in the artifact store,
 * encrypted where it can hold secrets; the folder only has a note of what it was made from, as an HMAC, and of where it is.
 * What can't be found or read any more is simply made anew.
 * @param dataDir the stack's own folder, kept between plans
 */
export function createRecall(
  { artifacts, digestKey }: { artifacts: ArtifactStore; digestKey: Uint8Array },
  dataDir: string,
): Recall {
  const path = (kind: string) => join(dataDir, `recall-${kind}.json`);
  const markOf = (madeFrom: string) =>
    createHmac('sha256', digestKey).update(PURPOSE).update(madeFrom).digest('hex');
  return {
    find: async (kind, madeFrom) => {
      try {
        const note = Note.parse(JSON.parse(await readFile(path(kind), 'utf8')));
        return note.mark === markOf(madeFrom) ? await artifacts.get(note) : undefined;
      } catch {
        return undefined;
      }
    },
    remember: async ({ kind, digest, encrypted }, madeFrom) => {
      const note = { mark: markOf(madeFrom), digest, encrypted } satisfies z.infer<typeof Note>;
      await writeFile(path(kind), JSON.stringify(note), { mode: 0o600 });
    },
  };
}
