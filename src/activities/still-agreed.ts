import { whyFallen } from '../domain/approvals/fallen.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import { audit } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';

/** Records of a stack that are looked through for what an earlier try of the same step has written. */
const RECORDS_LOOKED_AT = 20;

/**
 * What is left of an approval's request: without the stacks whose approval no longer stands, each of which is written down; null where
 * it stands of none. Other requests are as they were. Safe to run again.
 */
export async function stillAgreed(
  deps: ActivityDeps,
  repo: string,
  request: RepoRequest,
): Promise<RepoRequest | null> {
  const { trigger, agreed, commit } = request;
  if (trigger !== 'approval' || agreed === undefined || commit === undefined) return request;
  const fallen = new Set<string>();
  for (const stackKey of agreed) {
    const approval = await deps.store.approvals.latest(repo, stackKey);
    const reason = whyFallen(approval, commit, deps.now());
    if (reason === undefined) continue;
    fallen.add(stackKey);
    const about = { repo, stackKey, environment: approval?.environment ?? null, commit, reason };
    const details = { trigger, approval: approval?.id ?? null };
    if (await isOnRecord(deps, { ...about, approval: details.approval })) continue;
    await audit(deps, { ...about, action: 'request.dropped', result: 'ok', details });
  }
  const left = (keys: readonly string[] = []) => keys.filter((key) => !fallen.has(key));
  if (left(agreed).length === 0) return null;
  return { ...request, stacks: left(request.stacks), agreed: left(agreed) };
}

/** Whether it was written down already: since the last approval of the stack, as each of those may ask once more. */
async function isOnRecord(
  { store }: Pick<ActivityDeps, 'store'>,
  dropped: { repo: string; stackKey: string; commit: string; approval: string | null },
): Promise<boolean> {
  const { repo, stackKey, commit, approval } = dropped;
  const newest = await store.audit.newest({ repo, stackKey, limit: RECORDS_LOOKED_AT });
  const last = newest.find(({ action }) => action === 'request.dropped' || action === 'decision.approved');
  return (
    last?.action === 'request.dropped' && last.commit === commit && last.details['approval'] === approval
  );
}
