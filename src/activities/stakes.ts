import { type Stakes, starterOf, starterStakes } from '../domain/approvals/stakes.ts';
import type { JoinedRequest } from '../domain/request-queue.ts';
import type { ApprovalSettings } from '../domain/settings.ts';
import type { StackFacts } from './stack-facts.ts';

/** Whether a starter counts for whom nobody vouches: where unsigned decisions do, which are then one operator's. */
export function trustsUnvouched({ allowUnsignedSignals }: ApprovalSettings): boolean {
  return allowUnsignedSignals;
}

/** Who has to do with a planned stack: by its commits, by its task, and by the requests that became one with it. */
export function stakesOf(
  settings: ApprovalSettings,
  { task, range }: Pick<StackFacts, 'task' | 'range'>,
  joined: readonly JoinedRequest[] = [],
): Stakes {
  const authors = range.authors.flatMap(({ name, email }) => [name, email]).map((text) => text.toLowerCase());
  const started = starterStakes(task, { trustUnvouched: trustsUnvouched(settings) });
  const more = joined.map((request) => ({ did: 'started' as const, by: starterOf(request) }));
  const others = [...started.others, ...more];
  return {
    authors: [...new Set(authors)],
    pusher: range.lastCommitter?.toLowerCase() ?? null,
    startedBy: started.startedBy,
    ...(others.length === 0 ? {} : { others }),
  };
}
