import { whyFallen } from '../domain/approvals/fallen.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import { audit } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * What is left of an approval's request: without the stacks whose approval no longer stands, each of which is written down; null where
 * it stands of none. Other requests are as they were.
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
    await audit(deps, { ...about, action: 'request.dropped', result: 'ok', details });
  }
  const left = (keys: readonly string[] = []) => keys.filter((key) => !fallen.has(key));
  if (left(agreed).length === 0) return null;
  return { ...request, stacks: left(request.stacks), agreed: left(agreed) };
}
