export { planStack } from './plan-stack.ts';
export { retention } from './retention.ts';
export { scanRepo } from './scan-repo.ts';
export { scheduledTrigger } from './scheduled-trigger.ts';
