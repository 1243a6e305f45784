import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Approval, DecisionRefusal } from '../domain/approvals/approval.ts';
import { refuseDecision } from '../domain/approvals/rules.ts';
import { type DecisionKind, decisionText } from '../domain/approvals/decision-text.ts';
import { stackKey } from '../domain/ids.ts';
import { PlumblineError } from '../util/errors.ts';
import type { DecisionMessage } from '../workflows/inputs.ts';
import { audit, clientOf } from './audit-log.ts';
import type { ApiDeps } from './deps.ts';
import { candidateOf, spokenAliases } from './json/approval-json.ts';
import { notFound } from './not-found.ts';
import { RequestError } from './problem.ts';
import { requirePlace, type WantedOfStack } from './sight.ts';

/** What somebody wants to say about a stack's present plan. */
export interface WantedDecision {
  repo: string;
  /** Key or path. */
  stack: string;
  kind: DecisionKind;
  digest: string;
  reason: string;
  via: 'api' | 'cli' | 'ui' | null;
}

/** A decision that the rules let through and the API has signed: it counts once the approval has taken it. */
export interface SignedDecisionMessage extends Required<DecisionMessage> {}

/**
 * The newest approval of a stack, for whoever may do this with it.
 * @throws RequestError 404 `approval_not_found`, also where they may not see it, 403 `not_allowed` where they may
 */
export async function requireApproval(
  deps: Pick<ApiDeps, 'store'>,
  request: FastifyRequest,
  { repo, asked, action = 'see' }: WantedOfStack,
): Promise<Approval> {
  const { approvals } = deps.store;
  const approval = (await approvals.latest(repo, asked)) ?? (await approvals.latest(repo, stackKey(asked)));
  const absent = notFound.approval(repo, asked);
  if (!approval) throw absent;
  await requirePlace(request, { repo, environment: approval.environment }, { action, absent });
  return approval;
}

/**
 * Checks a decision by the rules and signs it. A refusal is written down, and answered with its own code.
 * @throws RequestError 404, 403 and 409 with the refusal's code, 503 `signing_key_missing`
 */
export async function signDecision(
  deps: ApiDeps,
  request: FastifyRequest,
  wanted: WantedDecision,
): Promise<{ approval: Approval; message: SignedDecisionMessage }> {
  const { repo, stack: asked } = wanted;
  const approval = await requireApproval(deps, request, { repo, asked, action: 'approve' });
  const { person } = request;
  const now = deps.clock.now();
  const { kind, digest, reason } = wanted;
  const decisions = await deps.store.approvals.decisions(approval.id);
  const candidate = { ...candidateOf(person, approval), kind, digest, reason };
  const refusal = refuseDecision(approval, decisions, candidate, now);
  if (refusal) throw await refused(deps, request, { approval, wanted, refusal });
  if (!deps.signingKey) throw keyMissing();
  const signed = {
    id: randomUUID(),
    by: person.id,
    digest,
    reason,
    at: now.toISOString(),
    teams: [...person.teams],
    aliases: spokenAliases(person),
  };
  const { id: approvalId, stackKey: key } = approval;
  const text = decisionText({ ...signed, kind, approvalId, repo, stackKey: key });
  const via = wanted.via ?? clientOf(request);
  const from = request.address;
  return { approval, message: { ...signed, via, from, signature: deps.signingKey.sign(text) } };
}

/**
 * Signs a decision and hands it to the approval, which checks it once more against what the store holds by then.
 * @throws RequestError as `signDecision`, PlumblineError `temporal_unavailable`
 */
export async function decide(
  deps: ApiDeps,
  request: FastifyRequest,
  wanted: WantedDecision,
): Promise<Approval> {
  const { approval, message } = await signDecision(deps, request, wanted);
  try {
    await deps.temporal.decide(approval.repo, approval.stackKey, wanted.kind, message);
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'decision_refused') throw error;
    const code = error.details['code'] as DecisionRefusal['code'];
    throw await refused(deps, request, { approval, wanted, refusal: { code, message: error.message } });
  }
  return (await deps.store.approvals.get(approval.id)) ?? approval;
}

/** Conflicts pass when the plan or the approval changes; the rest is about the person, or the request. */
const STATUS: Readonly<Record<string, number>> = {
  already_decided: 409,
  nothing_to_withdraw: 409,
  stale_digest: 409,
  not_waiting: 409,
  expired: 409,
  signed_too_long_ago: 409,
  signed_ahead: 409,
  reason_needed: 400,
};

async function refused(
  deps: ApiDeps,
  request: FastifyRequest,
  facts: { approval: Approval; wanted: WantedDecision; refusal: DecisionRefusal },
): Promise<RequestError> {
  const { approval, wanted, refusal } = facts;
  await audit(deps, request, {
    action: 'decision.refused',
    result: 'refused',
    repo: approval.repo,
    stackKey: approval.stackKey,
    environment: approval.environment,
    taskId: approval.taskId,
    commit: approval.commit,
    digest: wanted.digest,
    reason: refusal.message,
    details: { code: refusal.code, kind: wanted.kind, approval: approval.id },
  });
  return new RequestError(STATUS[refusal.code] ?? 403, refusal.code, refusal.message);
}

function keyMissing(): RequestError {
  return new RequestError(
    503,
    'signing_key_missing',
    'This server has no key to sign decisions with (keys/decisions.key under data_dir), so it takes none; ' +
      '"plumbline up" makes one, and the log of the start says how to make it for "plumbline serve"',
  );
}
