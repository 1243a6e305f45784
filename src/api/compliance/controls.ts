import type { AuditAction } from '../../domain/audit/record.ts';
import type { Compliance } from '../schemas/audit.ts';
import type { ExceptionKind } from './exceptions.ts';

/** A control of a framework, and which records bear witness for and against it. */
export interface Control {
  id: string;
  title: string;
  /** What Plumbline does for it. */
  how: string;
  /** Records that are its evidence; empty: the verification of the chain itself is. */
  evidence: readonly AuditAction[];
  /** Exceptions that concern it. */
  exceptions: readonly ExceptionKind[];
}

const DECISIONS = ['decision.approved', 'decision.rejected', 'decision.refused'] as const;
const WORK = ['apply.started', 'apply.ended', 'rollback.started', 'rollback.ended'] as const;
const REVIEW = ['self_approval', 'unreviewed_apply', 'unsigned_decision'] as const;

const AUTHORISED =
  'A plan is applied only when the required people have approved its very digest, or a recorded rule did.';
const SEPARATED = 'Nobody approves what they wrote, pushed or started; each person counts once.';
const CHAINED = 'Each record holds the hash of the one before; signed heads are kept outside the store.';
const VERIFIED =
  'After an apply the plan must be empty; what fails is rolled back or reported, never guessed.';
const RECORDED =
  'Every trigger, decision, apply, rollback, login and refusal is recorded: who, what, when, from where.';

/** The frameworks by their IDs. PCI-DSS as of version 4.0, SOC 2 by the Trust Services Criteria of 2017. */
export const FRAMEWORKS: Readonly<Record<Compliance, { name: string; controls: readonly Control[] }>> = {
  sox: {
    name: 'Sarbanes-Oxley Act, section 404: IT general controls',
    controls: [
      {
        id: 'ITGC-CM-1',
        title: 'Changes to production are authorised before they are made',
        how: AUTHORISED,
        evidence: ['decision.approved', 'apply.started'],
        exceptions: REVIEW,
      },
      {
        id: 'ITGC-CM-2',
        title: 'Who makes a change does not approve it (segregation of duties)',
        how: SEPARATED,
        evidence: DECISIONS,
        exceptions: ['self_approval', 'refused_self_approval'],
      },
      {
        id: 'ITGC-CM-3',
        title: 'Changes are tested, and failed ones can be undone',
        how: VERIFIED,
        evidence: ['apply.ended', 'rollback.ended'],
        exceptions: ['unknown_result'],
      },
      {
        id: 'ITGC-CM-4',
        title: 'Emergency changes are recorded and looked at afterwards',
        how: 'Break-glass needs the role admin and a reason, and stands in every report.',
        evidence: ['task.requested', 'task.started', 'apply.started'],
        exceptions: ['emergency_change'],
      },
      {
        id: 'ITGC-AC-1',
        title: 'Access follows roles, and refused attempts are recorded',
        how: 'Every route and command checks a role per repo and environment.',
        evidence: ['login', 'access.refused'],
        exceptions: [],
      },
      {
        id: 'ITGC-AU-1',
        title: 'Records of changes are complete and can not be altered unnoticed',
        how: CHAINED,
        evidence: [],
        exceptions: ['chain_fault'],
      },
    ],
  },
  soc2: {
    name: 'SOC 2: Trust Services Criteria',
    controls: [
      {
        id: 'CC6.1',
        title: 'Logical access is restricted to authenticated identities',
        how: 'Tokens are kept as hashes and expire; JSON Web Tokens are checked against their issuer.',
        evidence: ['login', 'access.refused'],
        exceptions: [],
      },
      {
        id: 'CC6.3',
        title: 'Access follows roles, least privilege and segregation of duties',
        how: SEPARATED,
        evidence: [...DECISIONS, 'access.refused'],
        exceptions: ['self_approval', 'refused_self_approval'],
      },
      {
        id: 'CC7.2',
        title: 'Systems are watched for deviations',
        how: 'Scheduled scans compare what runs with Git; every deviation has a severity and a cause.',
        evidence: ['task.requested', 'task.started', 'task.ended', 'plan.presented'],
        exceptions: [],
      },
      {
        id: 'CC7.4',
        title: 'Incidents are answered and recorded',
        how: VERIFIED,
        evidence: [
          'rollback.started',
          'rollback.reverted',
          'rollback.ended',
          'hold.placed',
          'hold.released',
          'lock.released',
        ],
        exceptions: ['emergency_change', 'unknown_result'],
      },
      {
        id: 'CC8.1',
        title: 'Changes are authorised, documented, tested, approved and implemented as approved',
        how: AUTHORISED,
        evidence: [...DECISIONS, ...WORK, 'config.published'],
        exceptions: [...REVIEW, 'emergency_change'],
      },
    ],
  },
  pci: {
    name: 'PCI-DSS 4.0',
    controls: [
      {
        id: '6.5.1',
        title: 'Changes follow a procedure: reason, impact, documented approval, test, way back',
        how: AUTHORISED,
        evidence: ['plan.presented', ...DECISIONS, ...WORK],
        exceptions: [...REVIEW, 'emergency_change'],
      },
      {
        id: '6.5.4',
        title: 'Roles are separated, so that only reviewed and approved changes are deployed',
        how: SEPARATED,
        evidence: DECISIONS,
        exceptions: ['self_approval', 'refused_self_approval', 'unreviewed_apply'],
      },
      {
        id: '7.2.2',
        title: 'Access is given by job function and least privilege',
        how: 'Every route and command checks a role per repo and environment.',
        evidence: ['login', 'access.refused'],
        exceptions: [],
      },
      {
        id: '10.2.1',
        title: 'Audit logs record individual access, administrative actions and invalid attempts',
        how: RECORDED,
        evidence: ['login', 'access.refused', 'decision.refused', 'config.published', ...WORK],
        exceptions: [],
      },
      {
        id: '10.3.4',
        title: 'Audit logs are protected from change, and a change is detected',
        how: CHAINED,
        evidence: [],
        exceptions: ['chain_fault'],
      },
      {
        id: '11.5.2',
        title: 'Unauthorised modification is detected and answered',
        how: 'Scheduled scans compare what runs with Git; drift is reported, and repaired through approvals.',
        evidence: ['task.ended', 'plan.presented'],
        exceptions: [],
      },
    ],
  },
};
