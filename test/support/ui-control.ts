import { createHash } from 'node:crypto';
import type { ApiSigningKey } from '../../src/api/deps.ts';
import type { TemporalPort } from '../../src/api/temporal-port.ts';
import type { Approval, Decision } from '../../src/domain/approvals/approval.ts';
import { approvalProgress, statusAfter, wordsOf } from '../../src/domain/approvals/rules.ts';
import type { AuditEntry } from '../../src/domain/audit/record.ts';
import { DEFAULT_POLICY } from '../../src/domain/eligibility/default-policy.ts';
import { jobId, taskId } from '../../src/domain/ids.ts';
import type { EnvironmentSettings } from '../../src/domain/eligibility/policy.ts';
import type { Store } from '../../src/store/store.ts';
import { newSigningPair, signText, verifyText } from '../../src/util/ed25519.ts';
import { aToken } from './a-token.ts';
import { aStack, COMMIT, storePlan } from './api-data.ts';
import { editedTag, simplePlan } from './ui-plans.ts';

const HOUR_MS = 3_600_000;

/** People of the page tests by their secret. Alice writes the changes, bob and carol approve, dave only looks. */
export const PEOPLE = [
  aToken('alice@example.com', 'alice-token', { teams: ['platform'] }),
  aToken('bob@example.com', 'bob-token', {
    teams: ['security'],
    grants: [grant('approver'), grant('operator')],
  }),
  aToken('carol@example.com', 'carol-token', { teams: ['platform'] }),
  aToken('dave@example.com', 'dave-token', { grants: [grant('viewer')] }),
];

function grant(role: 'viewer' | 'operator' | 'approver') {
  return { role, repos: [], environments: [] };
}

/** The environments of the page tests: production asks two people, one of them of team security. */
export const UI_ENVIRONMENTS: EnvironmentSettings[] = [
  environment('development', ['dev'], 20, {}),
  environment('staging', ['stage', 'stg'], 60, {
    automated: { prune: false, selfHeal: true, allowEmpty: false },
  }),
  environment('production', ['prod'], 100, {
    approvals: {
      ...DEFAULT_POLICY.approvals,
      required: 2,
      teams: ['security'],
      requireCodeOwners: true,
    },
    windows: [
      {
        kind: 'deny',
        schedule: '0 16 * * 5',
        durationMs: 64 * HOUR_MS,
        timeZone: 'Europe/Berlin',
        manual: true,
      },
    ],
    maxDestroys: { count: 5, percent: 20 },
    autoApproveSafe: null,
    autoRollback: true,
    requireSignedCommits: true,
  }),
];

function environment(
  name: string,
  aliases: string[],
  order: number,
  policy: Partial<EnvironmentSettings['policy']>,
): EnvironmentSettings {
  return { name, aliases, sources: [], order, policy: { ...DEFAULT_POLICY, ...policy } };
}

/** A digest as plans have it, from any word. */
export function aDigest(word: string): string {
  return `v1:sha256:${createHash('sha256').update(word).digest('hex')}`;
}

/** A key for decisions that lives as long as the test. */
export function aSigningKey(): ApiSigningKey {
  const pair = newSigningPair();
  return {
    sign: (text) => signText(pair.privatePem, text),
    verify: (text, signature) => verifyText(pair.publicPem, text, signature),
  };
}

async function presentPlanOf(store: Store, repo: string, stackKey: string) {
  const stack = await store.stacks.get(repo, stackKey);
  const job = stack?.jobId ? await store.jobs.get(stack.jobId) : undefined;
  const plan = job && (await store.plans.get(job.id));
  return { stack, plan, taskId: job?.taskId ?? '', jobId: job?.id ?? stackKey };
}

/** Presents the present plan of a stack, as a sync does that needs people. */
export async function presentPlan(
  store: Store,
  repo: string,
  stackKey: string,
  changes: Partial<Approval> = {},
): Promise<Approval> {
  const { stack, plan, taskId, jobId } = await presentPlanOf(store, repo, stackKey);
  const digest = changes.digest ?? plan?.digest ?? aDigest(stackKey);
  const actions: Record<string, number> = {};
  for (const { action } of plan?.changes ?? []) actions[action] = (actions[action] ?? 0) + 1;
  const presentedAt = changes.presentedAt ?? new Date(Date.now() - HOUR_MS).toISOString();
  const { approval } = await store.approvals.present(
    {
      id: `${jobId}#${digest.slice(-6)}`,
      repo,
      stackKey,
      environment: 'production',
      taskId,
      jobId,
      commit: stack?.commit ?? COMMIT,
      digest,
      status: 'waiting',
      severity: stack?.severity ?? null,
      actions,
      requirement: { required: 2, teams: ['security'], codeOwners: [], requireLastPushApproval: false },
      reasons: ['2 approvals are needed in production', 'The plan replaces a resource'],
      authors: ['alice@example.com'],
      pusher: 'alice@example.com',
      startedBy: 'schedule',
      detectedAt: new Date(Date.now() - 5 * HOUR_MS).toISOString(),
      expiresAt: new Date(Date.now() + 163 * HOUR_MS).toISOString(),
      decidedAt: null,
      replaces: null,
      attemptId: null,
      ...changes,
      presentedAt,
    },
    presentedAt,
  );
  return approval;
}

/** A sync of one stack that ended because people have to decide, with what became of it and of one behind it. */
export async function aWaitingSync(store: Store, repo: string, stackKey: string): Promise<string> {
  const startedAtMs = Date.now();
  const id = taskId(repo, startedAtMs);
  const at = new Date(startedAtMs).toISOString();
  await store.tasks.begin({
    id,
    repo,
    kind: 'sync',
    trigger: 'ui',
    actor: 'alice@example.com',
    stackKey: null,
    configVersion: 1,
    workflowId: `repo/${repo}`,
    runId: 'run-sync',
    startedAt: at,
  });
  const stacks = [aStack(stackKey), aStack('envs/prod/cluster')];
  const jobs = stacks.map((stack) => ({ id: jobId(repo, stack.key, startedAtMs), stack, queue: 'stacks' }));
  await store.tasks.discovered(id, COMMIT, jobs, at);
  for (const job of jobs) await storePlan(store, job.id, simplePlan('drifted', [editedTag]), at);
  await store.verdicts.put(jobs[0]!.id, {
    kind: 'wait',
    rule: null,
    reasons: [{ code: 'approval_needed', message: '2 approvals are needed in production' }],
    blockedBy: [],
  });
  await store.verdicts.put(jobs[1]!.id, {
    kind: 'blocked',
    rule: null,
    reasons: [{ code: 'dependency_waits', message: `${stackKey} waits for people` }],
    blockedBy: [stackKey],
  });
  await presentPlan(store, repo, stackKey, { digest: aDigest(id), taskId: id, presentedAt: at });
  await store.tasks.finish(id, { status: 'awaiting_approval', error: null }, at);
  return id;
}

/** Lets the scripted Temporal do with a decision what the approval's workflow does: into the store, by the rules. */
export function takeDecisions(store: Store): TemporalPort['decide'] {
  return async (repo, key, verb, message) => {
    const approval = await store.approvals.latest(repo, key);
    if (!approval) throw new Error(`nobody was asked about ${repo}/${key}`);
    const at = message.at ?? new Date().toISOString();
    if (verb === 'withdraw') {
      const choose = (found: Approval, words: readonly Decision[]) =>
        wordsOf(found, words, { by: message.by, aliases: message.aliases ?? [] }).map(({ id }) => id);
      await store.approvals.withdraw(approval.id, at, { choose, statusOf: statusAfter });
    } else {
      const decision: Decision = {
        id: message.id ?? `${message.by} ${verb}`,
        approvalId: approval.id,
        repo,
        stackKey: key,
        digest: message.digest,
        kind: verb,
        by: message.by,
        teams: message.teams ?? [],
        aliases: message.aliases ?? [],
        reason: message.reason ?? '',
        at,
        via: message.via ?? 'api',
        signature: message.signature ?? null,
        withdrawnAt: null,
      };
      await store.approvals.decide(decision, (found, before) => ({
        status: statusAfter(found, [...before, decision]),
      }));
    }
    await store.audit.append(
      anEntry({
        action:
          verb === 'approve'
            ? 'decision.approved'
            : `decision.${verb === 'reject' ? 'rejected' : 'withdrawn'}`,
        actor: message.by,
        repo,
        stackKey: key,
        digest: message.digest,
        reason: message.reason ?? '',
      }),
    );
    const now = (await store.approvals.get(approval.id)) ?? approval;
    const decisions = await store.approvals.decisions(approval.id);
    const progress = approvalProgress(now, decisions);
    return {
      approval_id: now.id,
      digest: now.digest,
      status: now.status,
      approved_by: [...progress.approvedBy],
      rejected_by: [...progress.rejectedBy],
      missing: [...progress.missing],
      expires_at: now.expiresAt,
      refused: null,
    };
  };
}

/** An audit entry with what a test wants of it. */
export function anEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: new Date().toISOString(),
    actor: 'plumbline',
    action: 'task.started',
    repo: null,
    stackKey: null,
    environment: null,
    taskId: null,
    commit: null,
    digest: null,
    result: 'ok',
    reason: '',
    source: 'api 10.0.0.7',
    details: {},
    ...changes,
  };
}
