import { destroyed, type JudgedPlan } from '../approvals/need.ts';
import type { StackPolicy } from '../stack.ts';
import type { VerdictReason } from './verdict.ts';

/** What the repository says of a stack; nothing where it says nothing. */
type Said = StackPolicy | null | undefined;

/** Why nothing of a stack is applied, whoever asks: the repository says that it rests. */
export function suspendedReasons(policy: Said): VerdictReason[] {
  if (policy?.suspended !== true) return [];
  const message = `${policy.from} is suspended: nothing is applied until Git says otherwise.`;
  return [{ code: 'suspended_in_git', message }];
}

/**
 * Why a plan that nobody asked for waits for people by what the repository says, whatever the policy of the environment permits.
 * Each sentence names the definition, so that it is clear which of the two decided.
 */
export function definitionReasons(
  policy: Said,
  { plan, mode }: { plan: JudgedPlan; mode: 'sync' | 'reconcile' | 'rollback' },
): VerdictReason[] {
  if (policy?.automated === undefined || mode === 'rollback') return [];
  const { from, automated } = policy;
  if (automated === null)
    return [
      {
        code: 'definition_not_automated',
        message: `${from} has no automated sync: it waits for people, whatever the policy of the environment permits.`,
      },
    ];
  const reasons: VerdictReason[] = [];
  if (!automated.prune && destroyed(plan).length > 0)
    reasons.push({
      code: 'definition_prune_off',
      message: `It destroys or replaces resources, which ${from} leaves to people (\`prune\`).`,
    });
  if (!automated.allowEmpty && plan.emptied)
    reasons.push({
      code: 'definition_would_empty',
      message: `It would leave the stack with nothing, which ${from} leaves to people (\`allowEmpty\`).`,
    });
  if (!automated.selfHeal && mode === 'reconcile')
    reasons.push({
      code: 'definition_self_heal_off',
      message: `${from} leaves the repair of drift to people (\`selfHeal\`).`,
    });
  return reasons;
}

/** Whether the repository lets anything of this kind be asked for without a person. */
export function definitionPermits(policy: Said, mode: 'reconcile' | 'sync'): boolean {
  if (policy?.suspended === true || policy?.automated === null) return false;
  return mode === 'sync' || policy?.automated?.selfHeal !== false;
}
