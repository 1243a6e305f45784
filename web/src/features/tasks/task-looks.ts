import {
  IconAlertOctagon,
  IconCircleCheck,
  IconHourglassEmpty,
  IconLoader2,
  IconStack2,
  type Icon,
} from '@tabler/icons-react';
import type { TaskJson } from '../../api/types.ts';

/** How a task's status is written and drawn; `tone` is the name of a status colour. */
export const TASK_LOOKS: Record<TaskJson['status'], { label: string; tone: string; icon: Icon }> = {
  queued: { label: 'Queued', tone: 'unknown', icon: IconStack2 },
  running: { label: 'Running', tone: 'pending', icon: IconLoader2 },
  completed: { label: 'Completed', tone: 'in-sync', icon: IconCircleCheck },
  failed: { label: 'Failed', tone: 'errored', icon: IconAlertOctagon },
  awaiting_approval: { label: 'Asked people', tone: 'drifted', icon: IconHourglassEmpty },
};
