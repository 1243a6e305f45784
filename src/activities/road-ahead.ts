import type { Approval } from '../domain/approvals/approval.ts';
import { holdReasons, softBlockers, softBlockersEnd } from '../domain/eligibility/blockers.ts';
import { holdsStack } from '../domain/eligibility/hold.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { ActivityDeps } from './deps.ts';
import { policyFor } from './stack-facts.ts';
import { readStackNeeds } from './stack-needs.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Whether an approved plan that nobody has begun to apply can be, as far as can be told without its repository. */
export interface RoadAhead {
  free: boolean;
  /** When to look again: when a window or a freeze ends, or else after a pause that grows each time a sync was asked for. */
  wakeInMs: number;
}

/**
 * Looks for what would block a sync of an approved plan: holds, windows, freezes, other stacks, somebody who works on it. The
 * pin of one rollback does not block the return to another saved state.
 */
export async function roadAhead(
  deps: ActivityDeps,
  settings: PublishedSettings,
  { repo, stackKey: key, commit, jobId }: Approval,
  asked: number,
): Promise<RoadAhead> {
  const { store } = deps;
  const now = deps.now();
  const pause = Math.min(HOUR_MS, MINUTE_MS * 2 ** asked);
  const stack = await store.stacks.get(repo, key);
  if (!stack) return { free: false, wakeInMs: pause };
  const { policy, environment } = policyFor(settings, { job: { repo }, stack });
  const ends = softBlockersEnd(policy, now);
  const wakeInMs = ends === null ? pause : Math.min(pause, Math.max(1, Date.parse(ends) - now.getTime()));
  const holds = (await store.holds.active()).filter((hold) => holdsStack(hold, { repo, key, environment }));
  const mode = (await store.plans.get(jobId))?.restores === undefined ? 'sync' : 'rollback';
  const held = holdReasons({ holds, mode, commit });
  if ([...held, ...softBlockers({ policy, manual: true, now })].length > 0) return { free: false, wakeInMs };
  if (await store.attempts.lease(repo, key)) return { free: false, wakeInMs };
  const alone = new Set([key]);
  const needs = await readStackNeeds(deps, settings, { repo, kind: 'sync', inTask: alone, open: alone });
  return { free: needs.outside(key).length === 0, wakeInMs };
}
