import { type Stakes, starterOf } from '../domain/approvals/stakes.ts';
import type { JoinedRequest } from '../domain/request-queue.ts';
import type { StackFacts } from './stack-facts.ts';

/** Who has to do with a planned stack: by its commits, by its task, and by the requests that became one with it. */
export function stakesOf(
  { task, range }: Pick<StackFacts, 'task' | 'range'>,
  joined: readonly JoinedRequest[] = [],
): Stakes {
  const authors = range.authors.flatMap(({ name, email }) => [name, email]).map((text) => text.toLowerCase());
  const others = joined.map((request) => ({ did: 'started' as const, by: starterOf(request) }));
  return {
    authors: [...new Set(authors)],
    pusher: range.lastCommitter?.toLowerCase() ?? null,
    startedBy: starterOf(task),
    ...(others.length === 0 ? {} : { others }),
  };
}
