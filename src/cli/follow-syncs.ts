import type { RemediationJson, VerdictsJson } from '../api/schemas/sync.ts';
import type { TaskJson } from '../api/schemas/task.ts';
import type { ApiClient } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import { followTask } from './follow-task.ts';
import type { Io } from './io.ts';
import type { ListFormat } from './print.ts';
import { plainTable } from './stack-table.ts';
import type { StartedTask } from './sync-request.ts';

/** What is known of a sync that has ended. */
export interface EndedSync {
  task: TaskJson;
  verdicts: VerdictsJson['verdicts'];
  steps: RemediationJson['steps'];
}

/** Follows tasks to their ends; those of several repositories run side by side anyway. */
export async function followSyncs(
  client: ApiClient,
  started: readonly StartedTask[],
  io: Io,
): Promise<EndedSync[]> {
  const ended: EndedSync[] = [];
  for (const { id } of started) {
    const task = await followTask(client, id, io);
    // Two that became one are told once.
    if (ended.some((other) => other.task.id === task.id)) continue;
    const path = `/api/tasks/${encodeURIComponent(task.id)}`;
    const { verdicts } = await client.get<VerdictsJson>(`${path}/verdicts`);
    const { steps } = await client.get<RemediationJson>(`${path}/remediation`);
    ended.push({ task, verdicts, steps });
  }
  return ended;
}

/** Prints what became of each stack; with `verbose` the steps and every reason, too. */
export function printSyncs(
  ended: readonly EndedSync[],
  options: { format: ListFormat; verbose: boolean },
  io: Io,
): void {
  if (options.format === 'json') {
    return io.out(JSON.stringify({ syncs: ended.map(({ task, ...rest }) => ({ task, ...rest })) }, null, 2));
  }
  const rows = ended.flatMap(({ task, verdicts }) =>
    verdicts.map((verdict) => [
      task.repo_name,
      verdict.stack,
      WORDS[verdict.result],
      verdict.rule ?? '-',
      reasonText(verdict, options.verbose),
    ]),
  );
  if (rows.length > 0) io.out(plainTable(['REPO', 'STACK', 'RESULT', 'RULE', 'WHY'], rows));
  for (const { task, verdicts } of ended) {
    for (const { rule, stack, attempt_id } of verdicts)
      if (rule === 'break_glass' && attempt_id !== null)
        io.note(`EMERGENCY: ${task.repo_name}/${stack} was changed without approvals (${attempt_id})`);
  }
  for (const { task, steps } of ended) {
    if (options.verbose) for (const step of steps) io.out(stepText(step));
    const failure = task.error ? `: ${task.error.message}` : '';
    io.note(`${task.id} ${task.status.replace('_', ' ')}${failure}`);
    if (task.status === 'awaiting_approval') io.note('People have to decide: plumbline approvals');
  }
}

/** 1 when one failed, else 4 when one waits for people, else 0. */
export function exitCodeOf(ended: readonly EndedSync[]): number {
  if (ended.some(({ task }) => task.status === 'failed')) return EXIT.error;
  return ended.some(({ task }) => task.status === 'awaiting_approval') ? EXIT.waiting : EXIT.ok;
}

type VerdictJson = VerdictsJson['verdicts'][number];

const WORDS: Readonly<Record<VerdictJson['result'], string>> = {
  to_apply: 'is applied in its turn',
  applying: 'is being applied',
  applied: 'applied',
  unverified: 'applied, not verified',
  partial: 'partly applied',
  failed: 'failed',
  refused: 'refused',
  unknown: 'unknown',
  not_applied: 'not applied',
  would_apply: 'would be applied',
  would_wait: 'would wait for people',
  wait: 'waits for people',
  blocked: 'blocked',
  unstable_plan: 'unstable plan',
  nothing: 'nothing to do',
};

/** What came of it before why it was decided: a failure's own words count more than the rule that let it begin. */
function reasonText({ result, outcome, reasons, blocked_by }: VerdictJson, verbose: boolean): string {
  const known = outcome !== null && result !== 'applied' ? [outcome.message] : [];
  const said = [...known, ...reasons.map(({ message }) => message)];
  const text = (verbose ? said.join(' ') : said[0]) ?? '-';
  return blocked_by.length === 0 ? text : `${text} (blocked by ${blocked_by.join(', ')})`;
}

function stepText(step: EndedSync['steps'][number]): string {
  const flags = [
    step.blocked === null
      ? `needs ${step.approval_required ? '' : 'no '}approval`
      : 'is not applied: not all of it could be planned',
    ...(step.auto_rollback ? ['rolls back by itself'] : []),
    ...(step.after.length > 0 ? [`after ${step.after.join(', ')}`] : []),
  ];
  const changes = step.changes.map(({ action, address }) => `    ${action} ${address}`);
  return [`[${step.priority}] ${step.description} (${flags.join('; ')})`, ...changes].join('\n');
}
