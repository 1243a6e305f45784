import type { ActivityDeps } from './deps.ts';
import { createSlots } from '../util/slots.ts';
import { createDiscoverStacks } from './discover-stacks.ts';
import { createForgetOld } from './forget-old.ts';
import { createLiveLog } from './live-log.ts';
import { createPinnedConfigs } from './pinned-config.ts';
import { createPlanStack } from './plan-stack.ts';
import { createTaskSteps } from './task-steps.ts';
import type { LightActivities, ToolActivities, UpkeepActivities } from './types.ts';

export type { ActivityDeps, Checkouts, Workbench } from './deps.ts';

/** All activities, by the queue that they run on: `light` with the workflows, `tools` on a tool queue. */
export interface Activities {
  light: LightActivities & UpkeepActivities;
  tools: ToolActivities;
}

/** Makes the activities of one worker process. */
export function createActivities(deps: ActivityDeps): Activities {
  const shared = {
    pinned: createPinnedConfigs(deps),
    liveLog: createLiveLog(deps.store, deps.log),
    slots: createSlots(deps.concurrency),
  };
  return {
    light: { ...createTaskSteps(deps), forgetOld: createForgetOld(deps) },
    tools: {
      discoverStacks: createDiscoverStacks(deps, shared),
      planStack: createPlanStack(deps, shared),
    },
  };
}
