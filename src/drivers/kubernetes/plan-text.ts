import { ACTION_SIGNS, causeWords, type RawChange } from '../../domain/change.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { PlanProblem } from '../../domain/plan.ts';

/** A plan for people's eyes, in the manner of `kubectl diff` and Terraform; values are masked already. */
export function planText(changes: readonly RawChange[], problems: readonly PlanProblem[]): string {
  const lines = changes.flatMap((change) => [
    `${ACTION_SIGNS[change.action] ?? change.action} ${change.address} (${whyAndWho(change)})`,
    ...change.attributes.map(
      ({ pointer, before, after, cause }) =>
        `    ${pointer || '/'}: ${valueText(before)} -> ${valueText(after)}${cause === 'drift' ? '  # live' : ''}`,
    ),
  ]);
  const faults = problems.map(({ address, message }) => `! ${address}: ${message}`);
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  return [...lines, ...faults, changes.length === 0 ? 'No changes.' : `${count}.`, ''].join('\n');
}

function whyAndWho({ cause, changedBy = [] }: RawChange): string {
  const [who] = changedBy;
  const by = who === undefined ? '' : `, changed by ${who.manager}${who.at === null ? '' : ` at ${who.at}`}`;
  return `${causeWords(cause)}${by}`;
}

function valueText(value: JsonValue): string {
  return value === null ? '(none)' : JSON.stringify(value);
}
