import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ApprovalFacts } from '../activities/types.ts';
import type { DecisionKind } from '../domain/approvals/decision-text.ts';
import { failureOf } from './failure.ts';
import type { ApprovalInput, ApprovalStateJson, DecisionMessage, PresentSignal } from './inputs.ts';
import { light } from './light.ts';
import { refuseQuickly } from './refuse-quickly.ts';

const presentSignal = defineSignal<[PresentSignal]>('present');
const stateQuery = defineQuery<ApprovalStateJson>('state');
const VERBS = ['approve', 'reject', 'withdraw'] as const satisfies readonly DecisionKind[];
const UPDATES = {
  approve: 'decideApprove',
  reject: 'decideReject',
  withdraw: 'decideWithdraw',
} as const satisfies Record<DecisionKind, string>;

const NEVER: ApprovalRun['asked'] = { id: null, times: 0 };

/** What one run knows; the store is what counts. */
interface ApprovalRun {
  repo: string;
  key: string;
  facts: ApprovalFacts | null;
  /** Something in the store has changed. */
  stale: boolean;
  /** An approved plan that a sync was asked for already is to be asked for once more. */
  due: boolean;
  /** The approval that syncs were asked for, and how often. */
  asked: { id: string | null; times: number };
  refused: ApprovalStateJson['refused'];
}

/**
 * The waiting for people about one stack's plan, `approval/<repo>/<key>`. It takes decisions, as signals and as updates,
 * and hands them to the store, reminds and expires, and asks the repo for a sync once a plan is approved; again when what holds
 * that back has ended, until it is begun or expires. Ends when there is nothing to wait for; the next plan, or the next decision,
 * starts it again.
 */
export async function approval(input: ApprovalInput): Promise<ApprovalStateJson> {
  const { repo, key } = assertId(input);
  const run: ApprovalRun = { repo, key, facts: null, stale: true, due: true, asked: NEVER, refused: null };
  listen(run);
  for (;;) {
    await refresh(run);
    const facts = run.facts!;
    const { open, wake_in_ms } = facts;
    if (!run.stale && !open && allHandlersFinished()) return stateOf(run);
    if (workflowInfo().continueAsNewSuggested && !run.stale && allHandlersFinished()) {
      return await continueAsNew<typeof approval>({ repo, key });
    }
    // A decision may have changed what is waited for, and until when, while nothing was stale here.
    const follows = patched('wait-follows-facts');
    const changed = (): boolean =>
      run.stale || (follows && run.facts !== facts) || (!run.facts!.open && allHandlersFinished());
    if (wake_in_ms === null) await condition(changed);
    else if (!(await condition(changed, Math.max(1, wake_in_ms)))) {
      await light.approvalDue({ repo, key });
      run.stale = true;
      run.due = true;
    }
  }
}

function assertId(input: ApprovalInput): ApprovalInput {
  const { workflowId } = workflowInfo();
  if (workflowId === `approval/${input?.repo}/${input?.key}`) return input;
  throw ApplicationFailure.nonRetryable(
    `This approval was started as "${workflowId}", but its workflow ID must be "approval/REPO/STACK" of its input, so that there is one per stack.`,
    'wrong_workflow_id',
  );
}

async function refresh(run: ApprovalRun): Promise<void> {
  while (run.stale || run.facts === null) {
    run.stale = false;
    const { due } = run;
    run.due = false;
    run.facts = await light.loadApproval({ repo: run.repo, key: run.key, asked: run.asked.times });
    const { approval_id, status, approved_by, missing } = run.facts.state;
    setCurrentDetails(
      `Approval of **${run.key}** of ${run.repo}: ${status}\n\n- approval: ${approval_id ?? 'none'}` +
        `\n- approved by: ${approved_by.join(', ') || 'nobody yet'}\n- missing: ${missing.join('; ') || 'nothing'}`,
    );
    if (run.facts.ask_sync) await askForSync(run, approval_id, due);
  }
}

/** Once when it was approved, and again when it is still not used after a while or something that held it back has ended. */
async function askForSync(run: ApprovalRun, id: string | null, due: boolean): Promise<void> {
  const again = run.asked.id === id;
  if (again && !due && patched('asked-once')) return;
  run.asked = { id, times: again ? run.asked.times + 1 : 1 };
  await light.requestApproved({ repo: run.repo, key: run.key });
}

function listen(run: ApprovalRun): void {
  setHandler(stateQuery, () => stateOf(run));
  setHandler(presentSignal, () => {
    run.stale = true;
    run.due = true;
  });
  for (const verb of VERBS) {
    setHandler(defineSignal<[DecisionMessage]>(verb), async (message) => {
      await record(run, verb, { ...message, via: message?.via ?? 'signal' });
    });
    setHandler(
      defineUpdate<ApprovalStateJson, [DecisionMessage]>(UPDATES[verb]),
      async (message) => {
        const refused = await record(run, verb, message);
        if (refused) throw ApplicationFailure.nonRetryable(refused.message, refused.code);
        await refresh(run);
        return stateOf(run);
      },
      {
        validator: (message) => {
          const refused =
            run.facts && !run.stale ? refuseQuickly(run.facts, verb, message, new Date()) : undefined;
          if (refused) throw ApplicationFailure.nonRetryable(refused.message, refused.code);
        },
      },
    );
  }
}

/** Hands a decision to the store, which has the last word. */
async function record(
  run: ApprovalRun,
  verb: DecisionKind,
  message: DecisionMessage,
): Promise<ApprovalStateJson['refused']> {
  try {
    const { refused } = await light.recordDecision({ repo: run.repo, key: run.key, verb, message });
    run.refused = refused;
  } catch (error) {
    run.refused = failureOf(error);
  }
  run.stale = true;
  return run.refused;
}

function stateOf(run: ApprovalRun): ApprovalStateJson {
  const none: ApprovalStateJson = {
    approval_id: null,
    digest: null,
    status: 'none',
    approved_by: [],
    rejected_by: [],
    missing: [],
    expires_at: null,
    refused: null,
  };
  return { ...(run.facts?.state ?? none), refused: run.refused };
}
