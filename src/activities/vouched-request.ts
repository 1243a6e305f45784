import { randomUUID } from 'node:crypto';
import {
  isVouched,
  type StarterClaim,
  type StarterVoucher,
  vouchFor,
} from '../domain/approvals/starter-voucher.ts';
import { AUTO_ROLLBACK } from '../domain/eligibility/automatic-rollback.ts';
import { scheduleId } from '../domain/ids.ts';
import type { ApplyStackInput, ApplyStackResult, RepoRequest } from '../workflows/inputs.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import type { BeginTaskInput, LightActivities } from './types.ts';

type Vouching = Pick<ActivityDeps, 'digestKey' | 'now'>;

/** Plumbline's word, for one task, on who or what starts it. */
function newVoucher({ digestKey, now }: Vouching, claim: StarterClaim): StarterVoucher {
  return vouchFor(digestKey, claim, { id: randomUUID(), at: now().toISOString() });
}

/** The request with Plumbline's word that it comes from whom it names. A scan needs none. */
export function vouchedRequest(deps: Vouching, repo: string, request: RepoRequest): RepoRequest {
  if (request.kind === 'scan') return request;
  return { ...request, voucher: newVoucher(deps, { ...request, repo }) };
}

/** What vouches for a task's starter and for all who joined them; empty where anything lacks. Undefined of a scan, which changes nothing. */
export function vouchersOf({ digestKey, now }: Vouching, input: BeginTaskInput): string[] | undefined {
  const { repo, kind = 'scan', joined = [] } = input;
  if (kind === 'scan') return undefined;
  const ids = new Set<string>();
  for (const claim of [input, ...joined]) {
    const { actor, trigger = '', first_trigger, voucher } = claim;
    if (!isVouched(digestKey, { repo, kind, actor, trigger, first_trigger }, voucher, now())) return [];
    // One voucher is for one request: whoever copies another's has none.
    if (ids.has(voucher.id)) return [];
    ids.add(voucher.id);
  }
  return [...ids];
}

/** What vouches for the request that follows from a task's job, as far as the task was vouched for itself. */
export async function followUpVoucher(
  deps: Vouching & Pick<ActivityDeps, 'store'>,
  taskId: string,
  { rollsBack, toBackup }: { rollsBack: boolean; toBackup: boolean },
): Promise<{ voucher?: StarterVoucher }> {
  const task = await deps.store.tasks.get(taskId);
  if (!task || (task.vouched === false && !rollsBack)) return {};
  const { repo, kind, actor, trigger } = task;
  if (rollsBack) return { voucher: newVoucher(deps, { repo, kind: 'rollback', trigger: AUTO_ROLLBACK }) };
  const again = kind === 'rollback' && !toBackup ? 'sync' : kind;
  const first_trigger = task.firstTrigger ?? trigger;
  return { voucher: newVoucher(deps, { repo, kind: again, actor, trigger: 'retry', first_trigger }) };
}

/** The result of an apply with what vouches for the request that its workflow makes of it. */
export async function withFollowUp(
  deps: Vouching & Pick<ActivityDeps, 'store'>,
  { task_id, to_backup }: Pick<ApplyStackInput, 'task_id' | 'to_backup'>,
  result: ApplyStackResult,
): Promise<ApplyStackResult> {
  const rollsBack = result.roll_back_to !== undefined;
  if (!rollsBack && result.error_code !== 'digest_changed') return result;
  const about = { rollsBack, toBackup: to_backup !== undefined };
  return { ...result, ...(await followUpVoucher(deps, task_id, about)) };
}

/** What vouches for a task on a schedule: nothing, unless the config has that schedule, and its own run asks. */
export async function scheduleVoucher(
  deps: Vouching & Pick<ActivityDeps, 'store' | 'temporal'>,
  { repo, kind, ...run }: Parameters<LightActivities['vouchForSchedule']>[0],
): ReturnType<LightActivities['vouchForSchedule']> {
  const { settings } = await latestConfig(deps.store);
  const known = settings.repos.find(({ name }) => name === repo);
  const cron = kind === 'sync' ? known?.syncSchedule : known?.reconcileSchedule;
  const id = `${scheduleId(repo)}/${kind}`;
  const started = { workflowId: run.workflow_id, runId: run.run_id };
  if (!cron || !(await deps.temporal.isOfSchedule(id, started))) return {};
  return { voucher: newVoucher(deps, { repo, kind, actor: 'plumbline', trigger: 'schedule' }) };
}
