import type { PublishedSettings } from '../domain/settings.ts';
import type { PlumblineError } from '../util/errors.ts';
import type { ApplyStackInput, ApplyStackResult } from '../workflows/inputs.ts';
import { audit } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { environmentOfKey } from './stack-facts.ts';

/** Refusals that say nothing about the plan, only about who asks to apply it, or when. */
const OF_STRANGERS: ReadonlySet<string> = new Set([
  'wrong_job',
  'wrong_task',
  'wrong_workflow',
  'stale_digest',
  'task_ended',
  'attempt_exists',
]);

/** Writes down that the gate has refused an apply, and why, and answers so. */
export async function refuseApply(
  deps: Pick<ActivityDeps, 'store' | 'now' | 'redactor'>,
  settings: PublishedSettings,
  input: ApplyStackInput,
  { message, details }: Pick<PlumblineError, 'message' | 'details'>,
): Promise<ApplyStackResult> {
  const { code, ...more } = details as { code: string; codes?: string[] };
  const { repo, key: stackKey, task_id: taskId, commit, digest } = input;
  const environment = await environmentOfKey(deps, settings, input);
  const about = { repo, stackKey, environment, taskId, commit, digest, reason: message };
  await audit(deps, { ...about, action: 'apply.refused', result: 'refused', details: { code, ...more } });
  // Whoever starts an apply by hand says nothing about the task's own.
  if (!OF_STRANGERS.has(code))
    await deps.store.verdicts.note(input.job_id, { status: 'refused', code, message, ...more });
  return { status: 'refused', attempt_id: null, digest: null, error_code: code, message };
}
