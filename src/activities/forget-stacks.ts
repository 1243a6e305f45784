import { whyGone } from '../domain/approvals/needless.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';
import type { ActivityDeps } from './deps.ts';
import { goesBackOf, liveApprovals, withdrawAndWake } from './withdraw-needless.ts';

/** Tasks that are looked through for one of the branch's newest commit. */
const TASKS_LOOKED_AT = 100;

/**
 * Makes the stacks of the branch's newest commit the ones that its repo has. The others are forgotten, and what people are asked
 * about them is withdrawn, except for what goes back: its stacks stay known until it has ended. Safe to run again.
 */
export async function keepOnly(
  deps: ActivityDeps,
  { repo, settings }: { repo: string; settings: PublishedSettings },
  stacks: Stack[],
): Promise<void> {
  const found = new Set(stacks.map(({ key }) => key));
  const others = (await liveApprovals(deps, repo)).filter(({ stackKey }) => !found.has(stackKey));
  const kept = new Set<string>();
  for (const approval of others) if (await goesBackOf(deps, approval)) kept.add(approval.stackKey);
  await deps.store.stacks.discovered(repo, stacks, { complete: true, kept: [...kept] });
  for (const approval of others.filter(({ stackKey }) => !kept.has(stackKey)))
    await withdrawAndWake(deps, approval, whyGone(approval, settings, undefined));
}

/** Whether a commit that somebody named is another than the newest of the branch, as the last task that looked at that found it. */
export async function isAside({ store }: ActivityDeps, repo: string, commit: string): Promise<boolean> {
  const tasks = await store.tasks.list({ repo, limit: TASKS_LOOKED_AT });
  return tasks.find(({ discoveredAt, aside }) => discoveredAt !== null && !aside)?.commit !== commit;
}
