import { first } from './0001-first.ts';
import { control } from './0002-control.ts';
import { planBasis } from './0003-plan-basis.ts';
import { approvalStakes } from './0004-approval-stakes.ts';
import { rollbacks } from './0005-rollbacks.ts';
import { reminders } from './0006-reminders.ts';
import { emergencies } from './0007-emergencies.ts';
import { unknownNeeds } from './0008-unknown-needs.ts';
import { artifactsByContent } from './0009-artifacts-by-content.ts';
import { installation } from './0010-installation.ts';
import { asideTasks } from './0011-aside-tasks.ts';
import { firstTriggers } from './0012-first-triggers.ts';
import { triggers } from './0013-triggers.ts';
import { resources } from './0014-resources.ts';
import { vouchedCommits } from './0015-vouched-commits.ts';
import { stackPolicy } from './0016-stack-policy.ts';
import { vouchedStarters } from './0017-vouched-starters.ts';
import type { Migration } from './migration.ts';

/** Every step of the schema, in order. A list in code, because a bundle has no folder to scan. */
export const migrations: readonly Migration[] = [
  first,
  control,
  planBasis,
  approvalStakes,
  rollbacks,
  reminders,
  emergencies,
  unknownNeeds,
  artifactsByContent,
  installation,
  asideTasks,
  firstTriggers,
  triggers,
  resources,
  vouchedCommits,
  stackPolicy,
  vouchedStarters,
];
