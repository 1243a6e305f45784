import { randomUUID } from 'node:crypto';
import { refuseDecision, statusAfter, wordsOf } from '../domain/approvals/rules.ts';
import type { Approval, Decision, DecisionRefusal } from '../domain/approvals/approval.ts';
import { everApproved } from '../domain/approvals/ever-approved.ts';
import { decisionText, type DecisionKind } from '../domain/approvals/decision-text.ts';
import { hasUnknownStarter } from '../domain/approvals/stakes.ts';
import type { ApprovalSettings } from '../domain/settings.ts';
import { PlumblineError } from '../util/errors.ts';
import type { DecisionMessage } from '../workflows/inputs.ts';
import { audit, auditEntry, type PartialEntry } from './audit-entries.ts';
import { approvedRequest } from './approved-request.ts';
import type { ActivityDeps } from './deps.ts';
import { hasLostRole } from './lost-words.ts';
import { latestConfig } from './pinned-config.ts';
import { approvalDue } from './approval-due.ts';
import { loadApproval } from './approval-facts.ts';
import type { LightActivities, StackRef } from './types.ts';
import { vouchedRequest } from './vouched-request.ts';

type ApprovalSteps = Pick<
  LightActivities,
  'loadApproval' | 'recordDecision' | 'approvalDue' | 'requestApproved'
>;

const NOBODY: DecisionRefusal = {
  code: 'not_waiting',
  message: 'Nobody is asked about this stack: it has no plan that waits for people.',
};

/** The short steps of approvals. */
export function createApprovalSteps(deps: ActivityDeps): ApprovalSteps {
  return {
    loadApproval: (ref) => loadApproval(deps, ref),
    recordDecision: ({ verb, message, ...ref }) => recordDecision(deps, ref, verb, message),
    approvalDue: (ref) => approvalDue(deps, ref),
    requestApproved: async ({ repo, key }) => {
      const approval = await deps.store.approvals.latest(repo, key);
      if (approval?.status !== 'approved') return;
      const request = await approvedRequest(deps, approval);
      await deps.temporal.request(
        repo,
        hasUnknownStarter(approval) ? request : vouchedRequest(deps, repo, request),
      );
    },
  };
}

async function recordDecision(
  deps: ActivityDeps,
  { repo, key }: StackRef,
  verb: DecisionKind,
  said: DecisionMessage,
): Promise<{ refused: DecisionRefusal | null }> {
  const { store } = deps;
  const { settings } = await latestConfig(store);
  const approval = await store.approvals.latest(repo, key);
  const message = understood(said);
  if (!approval) return { refused: NOBODY };
  const decision = decisionOf(deps, approval, verb, message);
  const known = await store.approvals.decisions(approval.id);
  if (known.some(({ id }) => id === decision.id) && verb !== 'withdraw') return { refused: null };
  const entitled = !(await hasLostRole(deps, approval, decision));
  const check = (present: Approval, decisions: readonly Decision[]): void => {
    const given = { approval: present, decisions, decision, verb, entitled };
    const refusal = refuse(deps, settings.approvals, given);
    if (refusal) throw new PlumblineError('decision_refused', refusal.message, { details: { ...refusal } });
  };
  try {
    if (verb === 'withdraw') await withdraw(deps, approval, decision, check);
    else await decide(deps, decision, verb, check);
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'decision_refused') throw error;
    const refused = error.details as unknown as DecisionRefusal;
    await audit(deps, refusedEntry(approval, decision, refused));
    return { refused: { code: refused.code, message: refused.message } };
  }
  return { refused: null };
}

/** A signal that somebody typed by hand may lack anything. */
function understood(given: Partial<DecisionMessage> | null): DecisionMessage {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { by, digest, reason, from } = given ?? {};
  return { ...given, by: text(by), digest: text(digest), reason: text(reason), from: text(from) };
}

type SaidDecision = Omit<Decision, 'kind'> & { kind: DecisionKind; from: string };

function decisionOf(
  deps: ActivityDeps,
  approval: Approval,
  kind: DecisionKind,
  message: DecisionMessage,
): SaidDecision {
  return {
    id: message.id ?? `decision-${randomUUID()}`,
    approvalId: approval.id,
    repo: approval.repo,
    stackKey: approval.stackKey,
    digest: message.digest,
    kind,
    by: message.by,
    teams: message.teams ?? [],
    aliases: message.aliases ?? [],
    reason: message.reason ?? '',
    at: message.at ?? deps.now().toISOString(),
    via: message.via ?? 'signal',
    from: message.from ?? '',
    signature: message.signature ?? null,
    withdrawnAt: null,
  };
}

function isSigned({ verifySigned }: Pick<ActivityDeps, 'verifySigned'>, said: SaidDecision): boolean {
  return said.signature !== null && verifySigned?.(decisionText(said), said.signature) === true;
}

function refuse(
  deps: ActivityDeps,
  settings: ApprovalSettings,
  given: {
    approval: Approval;
    decisions: readonly Decision[];
    decision: SaidDecision;
    verb: DecisionKind;
    entitled: boolean;
  },
): DecisionRefusal | undefined {
  const { approval, decisions, decision, verb, entitled } = given;
  if (decision.by === '') return { code: 'not_entitled', message: 'Nobody is named who decides ("by").' };
  const { signature } = decision;
  const right = isSigned(deps, decision);
  const candidate = {
    kind: verb,
    digest: decision.digest,
    by: decision.by,
    // What nobody vouches for is not believed.
    teams: right ? decision.teams : [],
    aliases: right ? decision.aliases : [],
    reason: decision.reason,
    at: decision.at,
    proof: signature === null ? ('unsigned' as const) : right ? ('signed' as const) : ('forged' as const),
    allowUnsigned: settings.allowUnsignedSignals ?? false,
    machine: false,
    entitled,
  };
  return refuseDecision(approval, decisions, candidate, deps.now());
}

async function decide(
  deps: ActivityDeps,
  { from, ...said }: SaidDecision,
  kind: Decision['kind'],
  check: (approval: Approval, decisions: readonly Decision[]) => void,
): Promise<void> {
  const decision: Decision = { ...said, kind };
  let isCounted = false;
  const { approval } = await deps.store.approvals.decide(
    decision,
    (present, decisions) => {
      check(present, decisions);
      isCounted = everApproved(present, decisions);
      return { status: statusAfter(present, [...decisions, decision]) };
    },
    (done) => [auditEntry(deps, decidedEntry(done.approval, { ...decision, from }))],
  );
  if (!isCounted) countApproved(deps, approval);
}

/** Once for each approval, when it is first approved. */
function countApproved(deps: ActivityDeps, approval: Approval): void {
  if (approval.status !== 'approved') return;
  const { repo, environment, detectedAt } = approval;
  const seconds = (deps.now().getTime() - Date.parse(detectedAt)) / 1000;
  deps.metrics.approved({ repo, environment, seconds });
}

async function withdraw(
  deps: ActivityDeps,
  approval: Approval,
  said: SaidDecision,
  check: (approval: Approval, decisions: readonly Decision[]) => void,
): Promise<void> {
  // A person may have spoken under another of their names; only a signature vouches for those.
  const person = { by: said.by, aliases: isSigned(deps, said) ? said.aliases : [] };
  let isCounted = false;
  const choose = (present: Approval, decisions: readonly Decision[]): string[] => {
    check(present, decisions);
    isCounted = everApproved(present, decisions);
    return wordsOf(present, decisions, person).map(({ id }) => id);
  };
  const left = await deps.store.approvals.withdraw(
    approval.id,
    said.at,
    { choose, statusOf: statusAfter },
    (done) => [auditEntry(deps, decidedEntry(done, said))],
  );
  // A rejection that is taken back may be all that an approval waited for.
  if (!isCounted) countApproved(deps, left);
}

const DECIDED = {
  approve: 'decision.approved',
  reject: 'decision.rejected',
  withdraw: 'decision.withdrawn',
} as const satisfies Record<DecisionKind, PartialEntry['action']>;

function decidedEntry(approval: Approval, said: SaidDecision): PartialEntry {
  return {
    ...aboutDecision(approval, said),
    action: DECIDED[said.kind],
    result: 'ok',
    reason: said.reason,
    details: detailsOf(approval, said),
  };
}

function refusedEntry(
  approval: Approval,
  said: SaidDecision,
  { code, message }: DecisionRefusal,
): PartialEntry {
  return {
    ...aboutDecision(approval, said),
    action: 'decision.refused',
    result: 'refused',
    reason: message,
    details: { ...detailsOf(approval, said), code },
  };
}

function aboutDecision({ repo, stackKey, environment, taskId, commit }: Approval, said: SaidDecision) {
  const about = { repo, stackKey, environment, taskId, commit, digest: said.digest };
  return { ...about, actor: said.by || 'unknown', source: `${said.via} ${said.from}`.trim() };
}

function detailsOf(approval: Approval, { id, kind, signature, aliases }: SaidDecision) {
  return { approval: approval.id, decision: id, kind, signed: signature !== null, aliases: [...aliases] };
}
