import type { AuditHead } from '../../domain/audit.ts';
import { createAuditAnchor, type HeadAnchor } from '../../store/audit-anchor.ts';
import { defaultHeadsPath, fileAnchor } from '../../store/audit-anchor-file.ts';
import type { Boot } from './boot.ts';

const EVERY_MS = 60_000;

/** The signed heads of the audit chain of this process. */
export interface AuditHeads {
  /** As they stand outside the store. */
  read: () => Promise<AuditHead[]>;
}

/** Signs heads at intervals, and before the process ends, and writes them to their anchors. Without a key only reads. */
export function keepAuditHeads(boot: Boot): AuditHeads {
  const anchors: HeadAnchor[] = [fileAnchor(defaultHeadsPath(boot.settings.dataDir))];
  const read = async (): Promise<AuditHead[]> =>
    (await Promise.all(anchors.map(async (anchor) => (await anchor.read?.()) ?? []))).flat();
  const { signingKey, store, log, cleanup } = boot;
  if (signingKey === null) return { read };
  const anchor = createAuditAnchor({ store, key: signingKey, anchors });
  const tick = async (force: boolean): Promise<void> => {
    try {
      await anchor.tick(new Date().toISOString(), { force });
    } catch (error) {
      log.error({ err: error }, 'the head of the audit log could not be signed or anchored');
    }
  };
  const timer = setInterval(() => void tick(false), EVERY_MS);
  cleanup.add('audit heads', async () => {
    clearInterval(timer);
    await tick(true);
  });
  return { read };
}
