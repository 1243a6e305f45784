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

/** A change's cause in a word and in a sentence that also says what an apply would do. */
export function causeWords(change: Pick<ChangeJson, 'cause' | 'action'>): {
  label: string;
  sentence: string;
} {
  const { word } = actionLook(change.action);
  switch (change.cause) {
    case 'drift':
      return {
        label: 'Drift',
        sentence:
          change.action === 'none'
            ? 'Live was changed since the last apply, and the configuration tells Terraform to leave it so: no apply removes this drift.'
            : `Live was changed since the last apply. An apply would undo it (${word}).`,
      };
    case 'pending':
      return { label: 'Pending', sentence: `Git asks for this and it was not applied yet (${word}).` };
    case 'both':
      return {
        label: 'Drift + pending',
        sentence: `Live was changed since the last apply, and Git asks for something else again. An apply would do both at once (${word}).`,
      };
  }
}
