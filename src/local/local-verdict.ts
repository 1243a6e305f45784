import { approvalNeeded, type JudgedPlan, wouldChange } from '../domain/approvals/need.ts';
import { branchOf, environmentOfStack, policyOfStack } from '../domain/environments.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';

/** What a sync without a server does with a stack that was planned. */
export type LocalVerdict =
  | { status: 'apply' }
  | { status: 'clean' }
  | { status: 'refused'; code: string; message: string };

/** What it is decided by. */
export interface LocalFacts {
  stack: Pick<Stack, 'key' | 'kind' | 'path'>;
  /** null: it could not be planned. */
  plan: Pick<JudgedPlan, 'severity' | 'changes' | 'ignored' | 'outputs' | 'emptied' | 'confirm'> | null;
  /** Why it could not, or not as a whole. */
  error: { code: string; message: string } | null;
  /** The repositories that its folder may be a checkout of. */
  repos: readonly string[];
  /** Whether what Git no longer has may be deleted. */
  prune: boolean;
}

/** Without a server nothing keeps a state as it was before; where it is the cluster's own, none has to be kept. */
const APPLIED_HERE: ReadonlySet<string> = new Set(['kubernetes']);

/** Reasons that only other people settle. What is to be confirmed, whoever syncs confirms. */
const OF_OTHERS: ReadonlySet<string> = new Set(['approval_required', 'destroys']);

/**
 * Whether a stack may be applied without a server. Never where the config asks other people: four eyes are the server's, and what it
 * writes down of them. Of a folder that may be several repositories' checkout, the strictest counts.
 */
export function judgeLocally(
  { stack, plan, error, repos, prune }: LocalFacts,
  settings: Pick<PublishedSettings, 'environments' | 'repos'>,
): LocalVerdict {
  if (error !== null) return { status: 'refused', ...error };
  if (plan === null || !wouldChange(plan)) return { status: 'clean' };
  if (!APPLIED_HERE.has(stack.kind))
    return {
      status: 'refused',
      code: 'no_local_apply',
      message: `Stacks of kind ${stack.kind} are only planned without a server, which keeps their states as they were. Apply it with "plumbline sync".`,
    };
  for (const repo of repos) {
    const place = { repo, ref: branchOf(settings.repos, repo), path: stack.path };
    const policy = policyOfStack(settings.environments, place);
    const reason = approvalNeeded(plan, policy).reasons.find(({ code }) => OF_OTHERS.has(code));
    if (reason === undefined) continue;
    const environment = environmentOfStack(settings.environments, place)?.name;
    const where = environment === undefined ? `of ${repo}` : `of ${repo} in ${environment}`;
    return {
      status: 'refused',
      code: 'approval_required',
      message: `${stack.key} ${where} is not applied from a folder: ${reason.message} Commit it, and let the server do it: plumbline sync ${repo} --stack ${stack.key}`,
    };
  }
  const deleted = plan.changes.filter(({ action }) => action === 'delete').length;
  if (deleted > 0 && !prune)
    return {
      status: 'refused',
      code: 'prune_needed',
      message: `It would delete ${deleted} ${deleted === 1 ? 'object' : 'objects'} that the folder no longer has: add --prune.`,
    };
  return { status: 'apply' };
}
