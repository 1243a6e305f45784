import {
  IconArrowBackUp,
  IconCircleCheck,
  IconCircleX,
  IconClockPause,
  IconHistoryToggle,
  IconHourglassEmpty,
  IconRocket,
  type Icon,
} from '@tabler/icons-react';
import type { ApprovalJson, ApprovalStatus } from '../../api/types.ts';
import { actionLook } from '../stack/change-words.ts';

/** How an approval's status is written and drawn. */
export interface ApprovalLook {
  label: string;
  meaning: string;
  tone: string;
  icon: Icon;
}

/** One look per status. */
export const APPROVAL_LOOKS: Record<ApprovalStatus, ApprovalLook> = {
  waiting: {
    label: 'Waiting',
    meaning: 'Nothing is applied until enough people have agreed.',
    tone: 'drifted',
    icon: IconHourglassEmpty,
  },
  approved: {
    label: 'Approved',
    meaning: 'Enough people have agreed; the next sync applies exactly this plan.',
    tone: 'in-sync',
    icon: IconCircleCheck,
  },
  rejected: {
    label: 'Rejected',
    meaning: 'Somebody said no. Nothing is applied until the rejection is taken back.',
    tone: 'errored',
    icon: IconCircleX,
  },
  expired: {
    label: 'Expired',
    meaning: 'Nobody decided in time.',
    tone: 'unknown',
    icon: IconClockPause,
  },
  dismissed: {
    label: 'Stale',
    meaning: 'Another plan took the place of this one. Decisions about it no longer count.',
    tone: 'pending',
    icon: IconHistoryToggle,
  },
  used: {
    label: 'Applied',
    meaning: 'One attempt has used this approval up.',
    tone: 'in-sync',
    icon: IconRocket,
  },
  withdrawn: {
    label: 'Withdrawn',
    meaning: 'There is nothing to apply any more.',
    tone: 'unknown',
    icon: IconArrowBackUp,
  },
};

/** Whether somebody can still say something to it. */
export function isOpen(status: ApprovalStatus): boolean {
  return status === 'waiting' || status === 'approved' || status === 'rejected';
}

const ACTION_ORDER = ['delete', 'replace', 'create', 'update', 'move', 'read'];

function rank(action: string): number {
  const place = ACTION_ORDER.indexOf(action);
  return place === -1 ? ACTION_ORDER.length : place;
}

/** `delete 1, update 2`: the most dangerous first. */
export function actionsText(actions: ApprovalJson['actions']): string {
  const parts = Object.entries(actions)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([action, count]) => `${actionLook(action).word} ${count}`);
  return parts.length === 0 ? 'change no resource' : parts.join(', ');
}

/** What an approval still waits for, in one line. */
export function missingText(missing: readonly string[]): string {
  return missing.length === 0 ? 'nothing is missing' : missing.join(', ');
}

/** A digest short enough to compare by eye. */
export function shortDigest(digest: string): string {
  const hash = digest.split(':').at(-1) ?? digest;
  return hash.slice(0, 12);
}

/** The plan that took the place of a stale one, if it is in the list. */
export function successorOf(approval: ApprovalJson, all: readonly ApprovalJson[]): ApprovalJson | undefined {
  return all.find(
    (other) =>
      other.id !== approval.id &&
      other.repo === approval.repo &&
      other.stack === approval.stack &&
      other.replaces?.digest === approval.digest &&
      other.presented_at >= approval.presented_at,
  );
}

const WAYS: Record<string, string> = {
  ui: 'in the web UI',
  cli: 'with the CLI',
  api: 'over the API',
  signal: 'by a Temporal signal',
};

/** The way on which a decision came, in words. */
export function wayWords(via: string): string {
  return WAYS[via] ?? `by ${via}`;
}

/** A text with a full stop, unless it has its own end. */
export function asSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/**
 * Authors as people, one text each. The list has everybody's name and then their address, each as far as it was not in the
 * list before, so that a name may be followed by somebody else's address: a pair is certain only at the head of the list, or
 * where the address is made of the name.
 */
export function peopleWords(authors: readonly string[]): string[] {
  const people: string[] = [];
  let name: string | null = null;
  for (const [index, text] of authors.entries()) {
    const isAddress = text.includes('@');
    if (isAddress && name !== null && (index === 1 || isMadeOf(name, text)))
      people[people.length - 1] = `${name} (${text})`;
    else people.push(text);
    name = isAddress ? null : text;
  }
  return people;
}

/** `jane.doe@example.com` of `Jane Doe`. */
function isMadeOf(name: string, address: string): boolean {
  const letters = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  return letters(name) !== '' && letters(name) === letters(address.slice(0, address.indexOf('@')));
}
