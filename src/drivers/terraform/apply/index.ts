import type { Driver } from '../../driver.ts';
import { applyStack } from './apply.ts';
import type { StackMaker } from './ready-stack.ts';
import { recoverStack } from './recover.ts';
import { backupStack, planRestoreStack, restoreStack } from './state-restore.ts';
import { stateLockOf, unlockStack } from './unlock.ts';
import { verifyStack } from './verify.ts';

/** All of a driver that changes something, or looks after it; every member is there. */
type Applying = Required<
  Pick<Driver, 'apply' | 'recover' | 'verify' | 'backup' | 'planRestore' | 'restore' | 'stateLock' | 'unlock'>
>;

/** What Terraform's, OpenTofu's and Terragrunt's drivers do beyond planning. */
export function applying(maker: StackMaker): Applying {
  return {
    apply: (context, digest) => applyStack(maker, context, digest),
    recover: (context, attempt) => recoverStack(maker, context, attempt),
    verify: (context) => verifyStack(maker, context),
    backup: (context) => backupStack(maker, context),
    planRestore: (context, saved) => planRestoreStack(maker, context, saved),
    restore: (context, saved, digest) => restoreStack(maker, context, saved, digest),
    stateLock: (context) => stateLockOf(maker, context),
    unlock: (context, lock) => unlockStack(maker, context, lock),
  };
}
