import type { ChangeJson } from '../../api/types.ts';

/** The sign that Terraform's users know for an action, and the word for it. */
export function actionLook(action: string): { sign: string; word: string } {
  switch (action) {
    case 'create':
      return { sign: '+', word: 'create' };
    case 'update':
      return { sign: '~', word: 'update' };
    case 'delete':
      return { sign: '-', word: 'delete' };
    case 'replace':
      return { sign: '-/+', word: 'replace' };
    case 'read':
      return { sign: '<=', word: 'read' };
    case 'move':
      return { sign: '→', word: 'move' };
    case 'none':
      return { sign: '·', word: 'nothing to apply' };
    default:
      return { sign: '·', word: action };
  }
}

/** How a change is written: `tone` is the name of its colours, `sentence` says what an apply would do. */
export interface ChangeLook {
  label: string;
  tone: ChangeJson['cause'] | 'applied';
  sentence: string;
}

/** A change's cause in a word and in a sentence; of one that was applied, what was done. */
export function causeWords(change: Pick<ChangeJson, 'cause' | 'action'>, applied = false): ChangeLook {
  const { cause } = change;
  const { word } = actionLook(change.action);
  if (applied && change.action !== 'none') {
    return { label: 'Applied', tone: 'applied', sentence: appliedSentence(cause, word) };
  }
  switch (cause) {
    case 'drift':
      return {
        label: 'Drift',
        tone: cause,
        sentence:
          change.action === 'none'
            ? 'Live was changed since the last apply, and the configuration says to leave it so: no apply removes this drift.'
            : `Live was changed since the last apply. An apply would undo it (${word}).`,
      };
    case 'pending':
      return {
        label: 'Pending',
        tone: cause,
        sentence: `Git asks for this and it was not applied yet (${word}).`,
      };
    case 'both':
      return {
        label: 'Drift + pending',
        tone: cause,
        sentence: `Live was changed since the last apply, and Git asks for something else again. An apply would do both at once (${word}).`,
      };
  }
}

function appliedSentence(cause: ChangeJson['cause'], word: string): string {
  switch (cause) {
    case 'drift':
      return `Live had been changed. The apply has undone it (${word}).`;
    case 'pending':
      return `Git asked for this, and it was applied (${word}).`;
    case 'both':
      return `Live had been changed, and Git asked for something else again. The apply has done both at once (${word}).`;
  }
}
