import {
  workflowInfo,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';

/**
 * Temporal's priority keys: 1 goes first, 5 last, and 3 is what has none. What people wait for goes before what runs by
 * itself, and what has begun to change things before everything else.
 */
const PRIORITIES: Readonly<Record<string, number>> = {
  applyStack: 1,
  unlockStack: 1,
  approval: 1,
  inspectStack: 2,
  syncRepo: 2,
  rollbackRepo: 2,
  scanRepo: 4,
};

/** Gives activities and children the priority of their workflow; one that has none of its own has its parent's. */
export function interceptors(): WorkflowInterceptors {
  const of = (workflowType: string) => PRIORITIES[workflowType] ?? workflowInfo().priority?.priorityKey;
  const outbound: WorkflowOutboundCallsInterceptor = {
    scheduleActivity: (input, next) => {
      const priorityKey = of(workflowInfo().workflowType);
      return next({ ...input, options: { priority: { priorityKey }, ...input.options } });
    },
    startChildWorkflowExecution: (input, next) => {
      const priorityKey = PRIORITIES[input.workflowType] ?? of(workflowInfo().workflowType);
      return next({ ...input, options: { priority: { priorityKey }, ...input.options } });
    },
  };
  return { outbound: [outbound] };
}
