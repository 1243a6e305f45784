import type { Driver, PlanContext } from '../../driver.ts';
import type { Flavour } from '../flavour.ts';
import type { TerraformOptions } from '../options.ts';
import { applyFlavour } from './apply.ts';
import { recoverFlavour } from './recover.ts';
import { backupFlavour, planRestoreFlavour, restoreFlavour } from './state-restore.ts';
import { stateLockFlavour, unlockFlavour } from './unlock.ts';
import { verifyFlavour } from './verify.ts';

/** All of a driver that changes something, or looks after it; every member is there. */
type Applying = Required<
  Pick<Driver, 'apply' | 'recover' | 'verify' | 'backup' | 'planRestore' | 'restore' | 'stateLock' | 'unlock'>
>;

/** What Terraform's and OpenTofu's drivers do beyond planning. `optionsOf` parses the driver's own options. */
export function applying(flavour: Flavour, optionsOf: (context: PlanContext) => TerraformOptions): Applying {
  return {
    apply: (context, digest) => applyFlavour(context, digest, flavour, optionsOf(context)),
    recover: (context, attempt) => recoverFlavour(context, attempt, flavour, optionsOf(context)),
    verify: (context) => verifyFlavour(context, flavour, optionsOf(context)),
    backup: (context) => backupFlavour(context, flavour, optionsOf(context)),
    planRestore: (context, saved) => planRestoreFlavour(context, saved, flavour, optionsOf(context)),
    restore: (context, saved, digest) => restoreFlavour(context, saved, digest, flavour, optionsOf(context)),
    stateLock: (context) => stateLockFlavour(context, flavour, optionsOf(context)),
    unlock: (context, lock) => unlockFlavour(context, lock, flavour, optionsOf(context)),
  };
}
