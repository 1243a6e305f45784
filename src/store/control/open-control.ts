import type { ControlStore } from '../control.ts';
import type { Database } from '../database.ts';
import { createApprovalRepository } from './approval-repository.ts';
import { createAttemptRepository } from './attempt-repository.ts';
import { createAuditRepository } from './audit-repository.ts';
import { createHoldRepository } from './hold-repository.ts';
import { createSyncRepository } from './sync-repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

/** The repositories for changing things safely, on a database that is migrated. */
export function createControlStore(database: Database): ControlStore {
  return {
    approvals: createApprovalRepository(database),
    attempts: createAttemptRepository(database),
    verdicts: createVerdictRepository(database),
    holds: createHoldRepository(database),
    syncs: createSyncRepository(database),
    audit: createAuditRepository(database),
  };
}
