import {
  IconAlertOctagon,
  IconArrowsDiff,
  IconCircleCheck,
  IconGitCommit,
  IconHelpCircle,
  IconTriangle,
  type Icon,
} from '@tabler/icons-react';
import type { Severity, StackStatus } from '../api/types.ts';

/** How a status is written and drawn. The colours of a status are the CSS variables `--<tone>…`. */
export interface StatusLook {
  label: string;
  meaning: string;
  tone: string;
  icon: Icon;
}

/** One look per status, the same on every page. */
export const STATUS_LOOKS: Record<StackStatus, StatusLook> = {
  drifted: {
    label: 'Drifted',
    meaning: 'Live was changed since the last apply.',
    tone: 'drifted',
    icon: IconTriangle,
  },
  drifted_and_pending: {
    label: 'Drifted + pending',
    meaning: 'Live was changed since the last apply, and Git holds changes that were not applied.',
    tone: 'drifted-and-pending',
    icon: IconArrowsDiff,
  },
  pending: {
    label: 'Pending',
    meaning: 'Git holds changes that were not applied.',
    tone: 'pending',
    icon: IconGitCommit,
  },
  errored: {
    label: 'Errored',
    meaning: 'The last scan could not plan this stack.',
    tone: 'errored',
    icon: IconAlertOctagon,
  },
  unknown: {
    label: 'Unknown',
    meaning: 'Nothing is known: it was not scanned, or the scan found nothing out.',
    tone: 'unknown',
    icon: IconHelpCircle,
  },
  in_sync: {
    label: 'In sync',
    meaning: 'Live is what Git says.',
    tone: 'in-sync',
    icon: IconCircleCheck,
  },
};

/** Statuses from what needs attention most to what needs none. */
export const STATUS_ORDER: readonly StackStatus[] = [
  'errored',
  'drifted_and_pending',
  'drifted',
  'pending',
  'unknown',
  'in_sync',
];

/** Severities from worst to least. */
export const SEVERITY_ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** The look of a status that arrives as text; a text that is no status looks unknown. */
export function statusLook(status: string | null): StatusLook {
  return STATUS_LOOKS[status as StackStatus] ?? STATUS_LOOKS.unknown;
}
