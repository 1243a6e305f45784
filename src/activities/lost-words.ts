import type { Approval, Decision } from '../domain/approvals/approval.ts';
import { lacksRole } from '../domain/approvals/lost-role.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';

/**
 * Whether the config has taken from somebody, since they gave their word, the role to give it (to approve, where nothing else is said). Whoever lacked it by the config then, too,
 * was let in by an identity provider, whose word stands; an unsigned one is nobody's by the config.
 */
export async function hasLostRole(
  { store }: Pick<ActivityDeps, 'store'>,
  place: Pick<Approval, 'repo' | 'environment'>,
  { by, at, signature }: Pick<Decision, 'by' | 'at' | 'signature'>,
  action: 'approve' | 'break_glass' = 'approve',
): Promise<boolean> {
  if (signature === null) return false;
  const { settings } = await latestConfig(store);
  if (!lacksRole(place, by, settings.roles, action)) return false;
  const then = await store.configs.inForceAt(at);
  return then === undefined || !lacksRole(place, by, then.roles, action);
}

/** The decisions without the approvals of those who have lost their role since. Their rejections stand. */
export async function withoutLost(
  deps: Pick<ActivityDeps, 'store'>,
  place: Pick<Approval, 'repo' | 'environment'>,
  decisions: readonly Decision[],
): Promise<Decision[]> {
  const lost = await Promise.all(
    decisions.map(
      async (decision) => decision.kind === 'approve' && (await hasLostRole(deps, place, decision)),
    ),
  );
  return decisions.filter((_, index) => lost[index] !== true);
}
