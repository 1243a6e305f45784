import { defaultPolicy } from '../../src/domain/eligibility/default-policy.ts';
import { conventionalEnvironment } from '../../src/domain/environments.ts';
import type {
  ApprovalPolicy,
  EnvironmentPolicy,
  EnvironmentSettings,
} from '../../src/domain/eligibility/policy.ts';

/** An environment by convention, with what a test wants otherwise of its policy. */
export function anEnvironment(
  name: string,
  policy: Partial<Omit<EnvironmentPolicy, 'approvals'>> & { approvals?: Partial<ApprovalPolicy> } = {},
): EnvironmentSettings {
  const usual = defaultPolicy(name);
  return {
    ...conventionalEnvironment(name),
    policy: { ...usual, ...policy, approvals: { ...usual.approvals, ...policy.approvals } },
  };
}
