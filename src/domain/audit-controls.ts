import type { AuditAction } from './audit.ts';

export const COMPLIANCE = ['sox', 'soc2', 'pci'] as const;
/** A framework that an audit report can be made for. */
export type Compliance = (typeof COMPLIANCE)[number];

/** A control, and which records show that it works. The titles are ours; the identifiers are the frameworks' own. */
export interface Control {
  framework: Compliance;
  control: string;
  title: string;
  /** Actions whose records are evidence. */
  actions: readonly AuditAction[];
}

const CHANGES: readonly AuditAction[] = [
  'plan.presented',
  'decision.approved',
  'decision.rejected',
  'decision.withdrawn',
  'apply.started',
  'apply.ended',
  'apply.refused',
  'rollback.started',
  'rollback.ended',
];
const DECISIONS: readonly AuditAction[] = [
  'decision.approved',
  'decision.rejected',
  'decision.withdrawn',
  'decision.refused',
];
const ACCESS: readonly AuditAction[] = ['login', 'access.refused', 'decision.refused'];
const RUNS: readonly AuditAction[] = ['task.started', 'task.ended', 'apply.ended', 'rollback.ended'];
const PRIVILEGED: readonly AuditAction[] = [
  'apply.started',
  'rollback.started',
  'lock.released',
  'hold.placed',
  'hold.released',
  'config.published',
];

const control = (
  framework: Compliance,
  id: string,
  title: string,
  actions: readonly AuditAction[],
): Control => ({ framework, control: id, title, actions });

/**
 * Which control is shown by which records. Sources: the trust services criteria of the AICPA (2017, points of focus 2022),
 * PCI DSS 4.0.1, and for SOX section 404 the usual general IT controls (change, access, operations), which have no official
 * numbers.
 */
export const CONTROLS: readonly Control[] = [
  control(
    'sox',
    'ITGC change management',
    'Changes are planned, approved and traceable to who made them',
    CHANGES,
  ),
  control('sox', 'ITGC segregation of duties', 'Nobody approves their own change', DECISIONS),
  control(
    'sox',
    'ITGC access to programs and data',
    'Access is granted by role, and refusals are recorded',
    ACCESS,
  ),
  control('sox', 'ITGC computer operations', 'Runs are recorded with their outcome, failures included', RUNS),
  control('soc2', 'CC6.1', 'Logical access is restricted to those who are entitled', ACCESS),
  control('soc2', 'CC7.2', 'Deviations are looked for and noticed', [
    'task.started',
    'task.ended',
    'plan.presented',
  ]),
  control('soc2', 'CC7.3', 'What was noticed is judged, and decided on', ['plan.presented', ...DECISIONS]),
  control('soc2', 'CC7.4', 'Deviations are answered, and the answer is recorded', [
    'apply.started',
    'apply.ended',
    'rollback.started',
    'rollback.ended',
  ]),
  control(
    'soc2',
    'CC8.1',
    'Changes are authorised, tested, approved and put into effect as approved',
    CHANGES,
  ),
  control('pci', '6.5.1', 'Changes follow a procedure: reason, approval, verification, a way back', CHANGES),
  control('pci', '7.2.1', 'Access follows from roles, and what a role does not include is refused', ACCESS),
  control('pci', '10.2.1.2', 'Actions with administrative rights are logged', PRIVILEGED),
  control('pci', '10.2.1.4', 'Refused access is logged', [
    'access.refused',
    'decision.refused',
    'apply.refused',
  ]),
  control('pci', '10.2.2', 'Records say who, what, when, from where, on what, and with which result', [
    ...CHANGES,
    ...PRIVILEGED,
    ...ACCESS,
  ]),
  control('pci', '10.3.2', 'Records can only be added, and each carries the hash of the one before', [
    'audit.verified',
  ]),
  control(
    'pci',
    '10.3.4',
    'A changed record is noticed: signed heads outside the store, and a check of the chain',
    ['audit.verified'],
  ),
];

/** Controls whose evidence is the chain itself, whether or not somebody had it checked in the time of the report. */
export const CHAIN_CONTROLS: ReadonlySet<string> = new Set(['10.3.2', '10.3.4']);
