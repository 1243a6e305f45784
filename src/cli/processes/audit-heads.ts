import { join } from 'node:path';
import type { AuditAnchorState } from '../../api/deps.ts';
import { type AnchorTrouble, anchorTroubles } from '../../domain/audit/anchor-health.ts';
import type { AuditAnchorSettings } from '../../domain/settings.ts';
import { createGitCache } from '../../git/git-cache.ts';
import { createAuditAnchor, type HeadAnchor } from '../../store/audit-anchor.ts';
import { defaultHeadsPath, fileAnchor } from '../../store/audit-anchor-file.ts';
import { s3Anchor } from '../../store/audit-anchor-s3.ts';
import { syslogAnchor } from '../../store/audit-anchor-syslog.ts';
import { processToolchain, type Boot } from './boot.ts';
import { gitAnchor } from './git-anchor.ts';

const EVERY_MS = 60_000;

/** The signed heads of the audit chain of this process. */
export interface AuditHeads {
  /** As they stand at each anchor; one that can't be read says why. */
  read: () => Promise<AuditAnchorState[]>;
  /** The anchors that fail or lag, as far as this process writes heads; none where it does not. */
  troubles: () => Promise<AnchorTrouble[]>;
}

/** Signs heads at intervals, and before the process ends, and writes them to their anchors. Without a key only reads. */
export function keepAuditHeads(boot: Boot): AuditHeads {
  const { dataDir, auditAnchors } = boot.settings;
  const listed = auditAnchors ?? [{ type: 'file', path: defaultHeadsPath(dataDir) } as const];
  const anchors = listed.map((anchor) => anchorOf(boot, anchor));
  const read = () => Promise.all(anchors.map(stateOf));
  const { signingKey, store, log, cleanup } = boot;
  if (signingKey === null) return { read, troubles: async () => [] };
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
  const names = anchors.map(({ name }) => name);
  const troubles = async () =>
    anchorTroubles(names, await store.audit.lastHead(), anchor.failures(), new Date());
  return { read, troubles };
}

function anchorOf(boot: Boot, settings: AuditAnchorSettings): HeadAnchor {
  if (settings.type === 'file') return fileAnchor(settings.path);
  if (settings.type === 'git') return anchorInGit(boot, settings);
  return settings.type === 's3' ? s3Anchor(settings) : syslogAnchor(settings);
}

function anchorInGit(boot: Boot, { repo: name, ref }: { repo: string; ref: string }): HeadAnchor {
  const { dataDir, published } = boot.settings;
  const { secrets, redactor, log, baseEnv } = boot;
  // The config's own checks have found it.
  const repo = published.repos.find((one) => one.name === name)!;
  const git = createGitCache({
    rootDir: join(dataDir, 'audit', 'git'),
    program: async () => (await processToolchain(boot).resolve('git', undefined, {})).path,
    secrets,
    allowLocal: published.gitAllowLocal,
    redactor,
    log,
    baseEnv,
  });
  return gitAnchor({ git, repo, ref, commits: published.commits });
}

async function stateOf(anchor: HeadAnchor): Promise<AuditAnchorState> {
  const { name, outside } = anchor;
  try {
    return { name, outside, heads: (await anchor.read?.()) ?? null, error: null };
  } catch (error) {
    return { name, outside, heads: [], error: error instanceof Error ? error.message : String(error) };
  }
}
