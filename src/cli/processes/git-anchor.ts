import type { CommitSettings, RepoSettings } from '../../domain/settings.ts';
import type { GitCache } from '../../git/git-cache.ts';
import { shownUrl } from '../../git/repo-url.ts';
import type { AuditHead } from '../../domain/audit/record.ts';
import { type HeadAnchor, headLine, headOf } from '../../store/audit-anchor.ts';

/** Where an anchor in Git stands, and by what it is reached. */
export interface GitAnchorOptions {
  git: Pick<GitCache, 'appendToRef' | 'readRefLog'>;
  repo: RepoSettings;
  /** The full name of the ref. */
  ref: string;
  commits: CommitSettings;
}

/**
 * A ref of a Git repository: each head is a commit on top of the one before, with the head's line at the end of its message. It
 * is never forced; whoever may force it can cut heads off, which `audit verify` then no longer finds, but can't make others.
 */
export function gitAnchor({
  git,
  repo,
  ref,
  commits,
}: GitAnchorOptions): HeadAnchor & { read(): Promise<AuditHead[]> } {
  const name = `git ${ref} of ${shownUrl(repo.url)}`;
  return {
    name,
    outside: true,
    write: async (head) => {
      const message = `Audit head ${head.seq}\n\n${headLine(head)}`;
      await git.appendToRef(repo, { ref, message }, commits);
    },
    read: async () =>
      (await git.readRefLog(repo, { ref })).map((message) => headOf(message.split('\n').at(-1)!, name)),
  };
}
