export { applyStack } from './apply-stack.ts';
export { approval } from './approval.ts';
export { planStack } from './plan-stack.ts';
export { reconcileRepo, rollbackRepo, syncRepo } from './repo-tasks.ts';
export { requestLater } from './request-later.ts';
export { retention } from './retention.ts';
export { scanRepo } from './scan-repo.ts';
export { scheduledTrigger } from './scheduled-trigger.ts';
export { unlockStack } from './unlock-stack.ts';
