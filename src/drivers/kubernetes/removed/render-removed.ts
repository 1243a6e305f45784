import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '../../../domain/stack.ts';
import { discoverKubernetes } from '../discover.ts';
import type { Rendered } from '../rendered.ts';
import { openSession, type Session } from '../session.ts';
import { wantedObjects } from '../wanted.ts';
import { othersOf } from './removed-stack.ts';

const AT_ONCE = 4;

/**
 * What a stack that Git no longer has wants: nothing. What other stacks of the same commit declare is theirs to take over, and is
 * named; where one of them can't be read, nothing may be pruned, since it may declare anything.
 */
export async function renderRemoved(
  session: Session,
  renderStack: (session: Session) => Promise<Rendered>,
): Promise<Rendered> {
  const claimed = new Map<string, string>();
  const unread: string[] = [];
  const others = await otherStacks(session);
  for (let at = 0; at < others.length; at += AT_ONCE) {
    session.context.signal.throwIfAborted();
    const some = others.slice(at, at + AT_ONCE);
    const found = await Promise.all(
      some.map(async (stack, index) => ({
        stack,
        addresses: await declared(session, stack, { at: at + index, renderStack }),
      })),
    );
    for (const { stack, addresses } of found) {
      if (addresses === null) unread.push(stack.key);
      for (const address of addresses ?? []) claimed.set(address, stack.key);
    }
  }
  const { key } = session.context.stack;
  const keepsAll =
    unread.length === 0
      ? null
      : `${key} was removed from Git. Nothing of it is pruned as long as ${unread[0]}${unread.length > 1 ? ` (and ${unread.length - 1} more)` : ''} can't be read: that may have what it had.`;
  const warnings = [`${key} was removed from Git: what it has left in the cluster would be deleted.`];
  return { objects: [], problems: [], warnings, tools: [], sources: {}, secrets: [], keepsAll, claimed };
}

async function otherStacks({ context }: Session): Promise<Stack[]> {
  const { repo, workTree, commit, options, log, signal, tools, baseEnv, env, stack } = context;
  const source = { repo, workTree, commit, options, log, signal, tools, baseEnv, env: () => env };
  const { stacks } = await discoverKubernetes({ ...source, ...othersOf(stack) });
  return stacks.filter(
    ({ key, settings }) => key !== stack.key && settings?.['cluster'] === stack.settings?.['cluster'],
  );
}

/** The addresses that a stack declares; null where not all of it can be read. */
async function declared(
  { context, options }: Session,
  stack: Stack,
  { at, renderStack }: { at: number; renderStack: (session: Session) => Promise<Rendered> },
): Promise<string[] | null> {
  const scratchDir = join(context.scratchDir, `beside-${at}`);
  try {
    await mkdir(scratchDir, { recursive: true, mode: 0o700 });
    const other = await openSession({ ...context, stack, scratchDir }, options);
    const rendered = await renderStack(other);
    const { objects, problems } = await wantedObjects(other, rendered);
    return rendered.problems.length + problems.length > 0 ? null : objects.map(({ address }) => address);
  } catch {
    context.signal.throwIfAborted();
    return null;
  }
}
