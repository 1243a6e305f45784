import type { Approval } from './approval.ts';
import { environmentOfStack } from '../environments.ts';
import type { PublishedSettings } from '../settings.ts';
import type { StackState, Task } from '../task.ts';

/** What is asked of an approval. */
type Asked = Pick<Approval, 'repo' | 'stackKey' | 'environment'>;

/**
 * Why nobody has to decide any more, by the config and the stacks that are known: its repo, its stack or its environment is no
 * longer there. Undefined while somebody has to.
 */
export function whyGone(
  { repo, stackKey, environment }: Asked,
  { repos, environments }: Pick<PublishedSettings, 'repos' | 'environments'>,
  stack: Pick<StackState, 'path'> | undefined,
): string | undefined {
  const known = repos.find(({ name }) => name === repo);
  if (!known) return `The repository ${repo} is no longer in the config.`;
  if (!stack) return `The stack ${stackKey} is no longer in ${repo}.`;
  const present = environmentOfStack(environments, { repo, ref: known.branch, path: stack.path })?.name;
  if (environment === null || environment === present) return undefined;
  const now = present === undefined ? 'to no environment' : `to ${present}`;
  return `The stack ${stackKey} no longer belongs to the environment ${environment}, but ${now}.`;
}

/** The task that asked people, and the saved state that their plan returns to. */
export interface AskedBy {
  task: Pick<Task, 'kind' | 'aside'> | undefined;
  restores: string | undefined;
}

/**
 * Whether what people were asked about returns to an earlier commit or to a saved state, or is of a commit that was named beside
 * the branch's newest. What the branch has, or no longer has, says nothing about it.
 */
export function goesBack({ task, restores }: AskedBy): boolean {
  return restores !== undefined || task?.kind === 'rollback' || task?.aside === true;
}

/** A task that planned the stack of an approval, and what it found. */
export interface PlannedSince {
  task: Pick<Task, 'id' | 'kind' | 'commit'>;
  job: { commit: string; inSync: boolean };
  /** See `goesBack`: the present commit is not what people were asked about. */
  goesBack: boolean;
}

/**
 * Why nobody has to decide any more, as a task found the stack in sync: with the very commit that people were asked about, or
 * with the newest one, where a sync has looked. Undefined while somebody has to. A scan of another commit says nothing of a plan
 * that somebody may have asked for by its commit.
 */
export function whySettled(
  { stackKey, commit }: Pick<Approval, 'stackKey' | 'commit'>,
  { task, job, goesBack }: PlannedSince,
): string | undefined {
  if (!job.inSync || goesBack) return undefined;
  const newest = task.kind === 'sync' && job.commit === task.commit;
  if (job.commit !== commit && !newest) return undefined;
  return `The stack ${stackKey} is in sync with ${job.commit.slice(0, 12)}, as ${task.id} found.`;
}

/** An apply of the stack of a live approval that was for another plan. */
export interface AppliedSince {
  task: Pick<Task, 'id' | 'kind' | 'aside'>;
  commit: string;
  /** As in `PlannedSince`. */
  goesBack: boolean;
}

/**
 * Why nobody has to decide any more, as another plan of the stack was applied: that of a sync, at the commit that people were
 * asked about or at a newer one. Undefined while somebody has to: after a repair at an older commit the next plan's digest says
 * whether it is still what they were asked about.
 */
export function whyOvertaken(
  { stackKey, commit }: Pick<Approval, 'stackKey' | 'commit'>,
  { task, commit: applied, goesBack: back }: AppliedSince,
): string | undefined {
  // A later sync of the branch's newest commit is at no older one than any that was asked about before.
  const asNew = applied === commit || task.aside !== true;
  if (task.kind !== 'sync' || back || !asNew) return undefined;
  return `Another plan of ${stackKey} was applied by ${task.id}, so that this one is about what was before.`;
}
