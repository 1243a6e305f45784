import { z } from 'zod';
import { APPROVAL_STATUSES, type Approval } from '../../domain/approvals/approval.ts';
import type { DecisionKind } from '../../domain/approvals/decision-text.ts';
import { canTakeBack } from '../../domain/approvals/take-back.ts';
import { environmentNamed } from '../../domain/environments.ts';
import { approvalWorkflowId } from '../../domain/ids.ts';
import type { Person } from '../../domain/person.ts';
import { decide, requireApproval, signDecision, type SignedDecisionMessage } from '../decisions.ts';
import type { ApiDeps } from '../deps.ts';
import { environmentsInForce } from '../environments.ts';
import { requirePermission } from '../identity/require-permission.ts';
import { approvalJson } from '../json/approval-json.ts';
import { RequestError } from '../problem.ts';
import { requireRepo, type Routes, typed } from '../route-context.ts';
import { sightOf } from '../sight.ts';
import {
  type ApprovalJson,
  approvalSchema,
  approvalsSchema,
  decidedSchema,
  signalRequestSchema,
  signalSchema,
  type SignalJson,
} from '../schemas/approval.ts';
import { problemSchema } from '../schemas/problem.ts';

const MOST = 500;
/** Newest approvals that are looked through for those that somebody may see. */
const MOST_LOOKED_AT = 5_000;
const params = z.object({ repo: z.string(), '*': z.string() });

/** The waiting for people: lists, one stack's newest, and decisions. */
export const approvalRoutes: Routes = (app, context) => {
  readApprovals(app, context);
  decideApprovals(app, context);
};

const readApprovals: Routes = (app, { deps }) => {
  typed(app).get(
    '/api/approvals',
    {
      schema: {
        tags: ['approvals'],
        summary: 'Approvals, newest first, with what is missing and what you may do',
        querystring: z.object({
          status: z.enum(APPROVAL_STATUSES).optional(),
          repo: z.string().optional(),
          environment: z.string().optional(),
          limit: z.coerce.number().int().min(1).max(MOST).default(100),
        }),
        response: { 200: approvalsSchema, 400: problemSchema, 403: problemSchema },
      },
    },
    async (request) => {
      const { status, repo, environment, limit } = request.query;
      await requirePermission(request, 'read', { repo: repo ?? null, environment: null });
      const known = environmentsInForce(deps.settings().published);
      const sight = sightOf(deps, request.person);
      const all = deps.settings().published.repos.every(({ name }) => sight.whole(name));
      const approvals = await deps.store.approvals.list({
        ...(repo === undefined ? {} : { repo }),
        ...(environment === undefined ? {} : { environment: environmentNamed(known, environment) }),
        ...(status === undefined ? {} : { statuses: [status] }),
        limit: all ? limit : MOST_LOOKED_AT,
      });
      const shown = approvals.filter(sight.place).slice(0, limit);
      return { approvals: await Promise.all(shown.map((one) => seenBy(deps, one, request.person))) };
    },
  );
  typed(app).get(
    '/api/approvals/:repo/*',
    {
      schema: {
        tags: ['approvals'],
        summary: "A stack's newest approval: /api/approvals/{repo}/{stack}",
        params,
        response: { 200: approvalSchema, 403: problemSchema, 404: problemSchema },
      },
    },
    async (request) => {
      const { name: repo } = await requireRepo(deps, request, request.params.repo);
      const approval = await requireApproval(deps, request, { repo, asked: request.params['*'] });
      return seenBy(deps, approval, request.person);
    },
  );
};

const decideApprovals: Routes = (app, { deps, dashboard }) => {
  typed(app).post(
    '/api/approvals/:repo/*',
    {
      schema: {
        tags: ['approvals'],
        summary:
          'Decides on the plan with this digest: /api/approvals/{repo}/{stack}/approve, reject, withdraw; ' +
          'signal only signs the decision, for "temporal workflow signal"',
        params,
        body: signalRequestSchema,
        response: {
          200: z.union([decidedSchema, signalSchema]),
          400: problemSchema,
          403: problemSchema,
          404: problemSchema,
          409: problemSchema,
          503: problemSchema,
        },
      },
    },
    async (request) => {
      const match = /^(.+)\/(approve|reject|withdraw|signal)$/.exec(request.params['*']);
      if (!match?.[1]) throw new RequestError(404, 'not_found', 'Nothing is served under this path');
      const { name: repo } = await requireRepo(deps, request, request.params.repo, 'approve');
      const { digest, reason, via, kind: wantedKind } = request.body;
      const verb = match[2] as DecisionKind | 'signal';
      const kind = verb === 'signal' ? wantedKind : verb;
      const wanted = { repo, stack: match[1], kind, digest, reason: reason ?? '', via: via ?? null };
      if (verb === 'signal') {
        const { approval, message } = await signDecision(deps, request, wanted);
        return signalJson(approval, kind, message);
      }
      const approval = await decide(deps, request, wanted);
      dashboard.invalidate();
      const json = await seenBy(deps, approval, request.person);
      return { approval: json, message: sentenceOf(kind, json) };
    },
  );
};

async function seenBy(deps: ApiDeps, approval: Approval, person: Person): Promise<ApprovalJson> {
  const decisions = await deps.store.approvals.decisions(approval.id);
  const task = canTakeBack(approval) ? await deps.store.tasks.get(approval.taskId) : undefined;
  return approvalJson(approval, decisions, { person, now: deps.clock.now(), task });
}

function sentenceOf(kind: DecisionKind, { status, missing }: ApprovalJson): string {
  if (kind === 'reject') return 'Rejected: nothing is applied until the rejection is withdrawn';
  const done = kind === 'approve' ? 'Approved' : 'Withdrawn';
  if (status === 'approved' || status === 'used')
    return `${done}: all approvals are there, the apply follows`;
  return missing.length === 0 ? done : `${done}; still missing: ${missing.join(', ')}`;
}

function signalJson(approval: Approval, kind: DecisionKind, input: SignedDecisionMessage): SignalJson {
  const workflowId = approvalWorkflowId(approval.repo, approval.stackKey);
  const quoted = JSON.stringify(input).replaceAll("'", "'\\''");
  const command = `temporal workflow signal --workflow-id '${workflowId}' --name ${kind} --input '${quoted}'`;
  return { workflow_id: workflowId, signal: kind, input, command };
}
