import type { Attempt } from '../domain/attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { createSlots } from '../util/slots.ts';
import { createApplyStack } from './apply-stack.ts';
import { createApprovalSteps } from './approval-steps.ts';
import { createDecidePage } from './decide-page.ts';
import { createDecideStacks } from './decide-stacks.ts';
import { createDiscoverStacks } from './discover-stacks.ts';
import { createForgetOld } from './forget-old.ts';
import { createInspectStack } from './inspect-stack.ts';
import { createLiveLog } from './live-log.ts';
import { createPinnedConfigs } from './pinned-config.ts';
import { createPlanStack } from './plan-stack.ts';
import { createPlanStacks } from './plan-stacks.ts';
import { createPollRepo } from './poll-repo.ts';
import { createPresentApproval } from './ask-people.ts';
import { createPrepareRestore } from './rollback/prepare-restore.ts';
import { createPrepareRollback } from './rollback/prepare-rollback.ts';
import { createRecoverAttempt, recoverHere } from './recover-attempt.ts';
import { createRequestSteps } from './request-steps.ts';
import { createTaskSteps } from './task-steps.ts';
import { createUnlockStack } from './unlock/unlock-stack.ts';
import { createTurnSteps } from './turn-steps.ts';
import type { LightActivities, ToolActivities, UpkeepActivities } from './types.ts';

export type { ActivityDeps, Checkouts, Processes, TemporalRequests, Workbench } from './deps.ts';

/** Stacks that are planned side by side at once, at least: they mostly wait for what they have asked. */
const SIDE_BY_SIDE = 16;

/** All activities, by the queue that they run on: `light` with the workflows, `tools` on a tool queue. */
export interface Activities {
  light: LightActivities & UpkeepActivities;
  tools: ToolActivities;
  /** No activity: finds out what became of an attempt whose worker is gone, and closes it. Safe to run again. */
  recover: (attempt: Attempt, signal: AbortSignal) => Promise<Attempt>;
}

/** Makes the activities of one worker process. */
export function createActivities(deps: ActivityDeps): Activities {
  const shared = {
    pinned: createPinnedConfigs(deps),
    liveLog: createLiveLog(deps.store, deps.log),
    slots: createSlots(deps.concurrency),
    manySlots: createSlots(Math.max(deps.concurrency, SIDE_BY_SIDE)),
  };
  return {
    light: {
      ...createTaskSteps(deps, {
        ...createRequestSteps(deps),
        ...createApprovalSteps(deps),
        ...createTurnSteps(deps),
      }),
      forgetOld: createForgetOld(deps),
    },
    tools: {
      discoverStacks: createDiscoverStacks(deps, shared),
      planStack: createPlanStack(deps, shared),
      planStacks: createPlanStacks(deps, shared),
      prepareRollback: createPrepareRollback(deps, shared),
      prepareRestore: createPrepareRestore(deps, shared),
      decideStacks: createDecideStacks(deps, shared),
      decidePage: createDecidePage(deps, shared),
      presentApproval: createPresentApproval(deps, shared),
      applyStack: createApplyStack(deps, shared),
      unlockStack: createUnlockStack(deps, shared),
      inspectStack: createInspectStack(deps, shared),
      pollRepo: createPollRepo(deps, shared),
      recoverAttempt: createRecoverAttempt(deps, shared),
    },
    recover: (attempt, signal) => recoverHere(deps, shared, attempt, signal),
  };
}
