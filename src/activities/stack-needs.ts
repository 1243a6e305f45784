import { placeOf } from '../domain/order/apply-order.ts';
import { wouldChange } from '../domain/approvals/need.ts';
import { isExpired } from '../domain/approvals/rules.ts';
import { type Approval, LIVE_STATUSES, MOST_APPROVALS } from '../domain/approvals/approval.ts';
import type { Attempt } from '../domain/attempt.ts';
import {
  allNeeds,
  nearestNeeds,
  type Relation,
  type StackStanding,
  whyUnsettled,
} from '../domain/order/stack-needs.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { StackState } from '../domain/task.ts';
import type { Verdict } from '../domain/eligibility/verdict.ts';
import type { ActivityDeps } from './deps.ts';
import { policyFor } from './stack-facts.ts';

/** A stack that is not part of the task and has to come first. */
interface Before {
  key: string;
  /** A part of a sentence: `which waits for people`. */
  why: string;
}

/** Who comes before whom among a repo's stacks. */
export interface StackNeeds {
  /** The stacks of the task with something to do that come before this one, whatever lies between. */
  within(key: string): string[];
  /** Stacks outside of the task that keep this one from being applied. */
  outside(key: string): Before[];
}

export interface NeedsOf {
  repo: string;
  kind: 'sync' | 'reconcile' | 'rollback';
  /** The stacks of the task. */
  inTask: ReadonlySet<string>;
  /** Those of them with something to do. */
  open: ReadonlySet<string>;
}

type Deps = Pick<ActivityDeps, 'store' | 'now'>;

/** Reads what has to come before these stacks. A rollback waits for nothing outside of it: it is the way out of a failure. */
export async function readStackNeeds(
  deps: Deps,
  settings: PublishedSettings,
  { repo, kind, inTask, open }: NeedsOf,
): Promise<StackNeeds> {
  const stacks = new Map((await deps.store.stacks.list(repo)).map((stack) => [stack.key, stack]));
  const graph = new Map([...stacks].map(([key, { dependsOn }]) => [key, dependsOn]));
  const outsiders = [...stacks.values()].filter(({ key }) => !inTask.has(key));
  if (kind === 'rollback' || outsiders.length === 0) {
    return { within: (key) => nearestNeeds(graph, key, open), outside: () => [] };
  }
  const standing = await readStandings(deps, repo);
  const orderOf = (stack: StackState) => policyFor(settings, { job: { repo }, stack }).order;
  const unsettled = new Map<string, string>();
  const needed = allNeeds(graph, open);
  for (const stack of outsiders.filter(({ key }) => needed.has(key))) {
    const why = whyUnsettled(await standing(stack), 'needs', kind);
    if (why !== undefined) unsettled.set(stack.key, why);
  }
  const places = Map.groupBy(outsiders, ({ key }) => placeOf(key));
  const promotions = new Map<string, Before[]>();
  for (const stack of [...open].flatMap((key) => stacks.get(key) ?? [])) {
    if (placeOf(stack.key) === stack.key) continue;
    const earlier = (places.get(placeOf(stack.key)) ?? []).filter((other) => orderOf(other) < orderOf(stack));
    promotions.set(stack.key, await before(earlier, standing, 'promoted_from', kind));
  }
  const stops = new Set([...open, ...unsettled.keys()]);
  return {
    within: (key) => nearestNeeds(graph, key, stops).filter((other) => open.has(other)),
    outside: (key) => [
      ...nearestNeeds(graph, key, stops).flatMap((other) => {
        const why = unsettled.get(other);
        return why === undefined ? [] : [{ key: other, why }];
      }),
      ...(promotions.get(key) ?? []),
    ],
  };
}

/** The verdict that others stand before this stack. */
export function blockedByOutside(others: readonly Before[]): Verdict {
  const message = `Blocked by ${others.map(({ key, why }) => `${key}, ${why}`).join('; ')}.`;
  const blockedBy = others.map(({ key }) => key);
  return { kind: 'blocked', reasons: [{ code: 'blocked_by', message }], rule: null, blockedBy };
}

const UNASKED = ['unstable_plan', 'not_presented'] as const;

type ReadStanding = (stack: StackState) => Promise<StackStanding>;

async function before(
  stacks: readonly StackState[],
  standing: ReadStanding,
  relation: Relation,
  mode: 'sync' | 'reconcile',
): Promise<Before[]> {
  const found: Before[] = [];
  for (const stack of stacks) {
    const why = whyUnsettled(await standing(stack), relation, mode);
    if (why !== undefined) found.push({ key: stack.key, why });
  }
  return found;
}

async function readStandings({ store, now }: Deps, repo: string): Promise<ReadStanding> {
  const statuses = LIVE_STATUSES;
  const approvals = await store.approvals.list({ repo, statuses, limit: MOST_APPROVALS });
  const attempts = (await store.attempts.open()).filter((attempt) => attempt.repo === repo);
  return async (stack) => {
    const { jobId } = stack;
    const plan = jobId === null ? undefined : await store.plans.get(jobId);
    const verdict = jobId === null ? undefined : await store.verdicts.get(jobId);
    return {
      status: stack.status,
      scanned: stack.scannedAt !== null,
      effective: plan === undefined || wouldChange(plan),
      approval: liveStatus(
        approvals.find(({ stackKey }) => stackKey === stack.key),
        now(),
      ),
      unasked: UNASKED.find((code) => verdict?.reasons.some((reason) => reason.code === code)) ?? null,
      attempt: openStatus(attempts.find(({ stackKey }) => stackKey === stack.key)),
    };
  };
}

function liveStatus(approval: Approval | undefined, now: Date): StackStanding['approval'] {
  if (!approval || isExpired(approval, now)) return null;
  const { status } = approval;
  return status === 'waiting' || status === 'approved' || status === 'rejected' ? status : null;
}

function openStatus(attempt: Attempt | undefined): StackStanding['attempt'] {
  return attempt?.status === 'started' || attempt?.status === 'unknown' ? attempt.status : null;
}
