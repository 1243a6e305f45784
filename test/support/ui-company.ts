import type { Store } from '../../src/store/store.ts';
import type { ScriptedTemporal } from './scripted-temporal.ts';
import { FULL_STACK, seedCompany, UI_REPOS } from './ui-data.ts';
import {
  aDigest,
  anEntry,
  aSigningKey,
  PEOPLE,
  presentPlan,
  takeDecisions,
  UI_ENVIRONMENTS,
} from './ui-control.ts';
import { PLAN_TEXT } from './ui-plans.ts';
import { startUiServer, type UiServer } from './ui-server.ts';

/** A server where people sign in with tokens, with the company's stacks and production's environments. */
export async function startGuardedServer(): Promise<UiServer> {
  const server = await startUiServer({
    repos: UI_REPOS,
    auth: { mode: 'tokens', tokens: PEOPLE, oidc: [] },
    deps: { signingKey: aSigningKey() },
  });
  server.reload({ published: { environments: UI_ENVIRONMENTS } });
  await seedCompany(server.store, server.artifacts, PLAN_TEXT);
  obey(server.temporal, server.store);
  return server;
}

function obey(temporal: ScriptedTemporal, store: Store): void {
  temporal.decide = takeDecisions(store);
}

/** Approvals in every state: two that wait, one stale with its successor, one approved, one rejected, one applied. */
export async function seedApprovals({
  store,
  temporal,
}: Pick<UiServer, 'store' | 'temporal'>): Promise<void> {
  await presentPlan(store, 'platform-infra', FULL_STACK, {
    authors: ['alice', 'alice@example.com', 'dave@example.com'],
    reasons: [
      'Production needs 2 approvals, one of them of team security',
      'The plan replaces aws_db_instance.primary',
    ],
  });
  await presentPlan(store, 'platform-infra', 'envs/prod/dns', {
    authors: [],
    pusher: null,
    startedBy: 'schedule',
    requirement: { required: 1, teams: [], codeOwners: [], requireLastPushApproval: false },
    reasons: ['1 approval is needed in production from severity high on'],
  });
  await seedStale(store, temporal);
  await presentPlan(store, 'network-core', 'regions/us-east-1', {
    environment: 'staging',
    reasons: ['1 approval is needed in staging'],
    requirement: ONE,
  });
  await temporal.decide('network-core', 'regions/us-east-1', 'approve', {
    ...(await aWord(store, 'network-core', 'regions/us-east-1', 'bob@example.com')),
    reason: 'same as in eu-west-1',
  });
  await presentPlan(store, 'network-core', 'regions/eu-central-1', {
    environment: 'staging',
    reasons: ['1 approval is needed in staging'],
    requirement: ONE,
  });
  await temporal.decide('network-core', 'regions/eu-central-1', 'reject', {
    ...(await aWord(store, 'network-core', 'regions/eu-central-1', 'carol@example.com')),
    reason: 'The role may assume too much: please narrow it to the deploy pipeline.',
  });
}

const ONE = { required: 1, teams: [], codeOwners: [], requireLastPushApproval: false };

async function seedStale(store: Store, temporal: ScriptedTemporal): Promise<void> {
  const stack = ['data-platform', 'live/prod/warehouse'] as const;
  await presentPlan(store, ...stack, {
    digest: aDigest('before'),
    presentedAt: new Date(Date.now() - 9 * 3_600_000).toISOString(),
  });
  await temporal.decide(...stack, 'approve', {
    ...(await aWord(store, ...stack, 'bob@example.com')),
    reason: 'looked at with the data team',
  });
  await presentPlan(store, ...stack, {
    replaces: { id: '', digest: '', moved: ['aws_db_instance.warehouse', 'aws_iam_role.loader'] },
  });
}

async function aWord(store: Store, repo: string, key: string, by: string) {
  const approval = await store.approvals.latest(repo, key);
  const at = new Date(Date.now() - 1_200_000).toISOString();
  return { id: `${by} ${key}`, by, digest: approval?.digest ?? '', at, via: 'ui', signature: 'signed' };
}

/** A day of audit records: a sync that waits, decisions, an apply, a refused attempt and an emergency. */
export async function seedAudit(store: Store): Promise<void> {
  const where = {
    repo: 'platform-infra',
    stackKey: FULL_STACK,
    environment: 'production',
    digest: aDigest('audit'),
  };
  const entries = [
    anEntry({ action: 'config.published', actor: 'plumbline', reason: 'version 7' }),
    anEntry({ action: 'login', actor: 'alice@example.com' }),
    anEntry({
      action: 'task.started',
      actor: 'alice@example.com',
      ...where,
      reason: 'the audit finding of May',
    }),
    anEntry({ action: 'plan.presented', ...where }),
    anEntry({
      action: 'decision.refused',
      actor: 'alice@example.com',
      result: 'refused',
      ...where,
      reason: 'alice@example.com wrote commits of this change, and nobody approves their own change.',
      details: { code: 'own_change' },
    }),
    anEntry({
      action: 'decision.approved',
      actor: 'bob@example.com',
      ...where,
      reason: 'agreed in the review',
    }),
    anEntry({ action: 'decision.approved', actor: 'carol@example.com', ...where }),
    anEntry({ action: 'apply.started', ...where, details: { rule: 'approval' } }),
    anEntry({ action: 'apply.ended', ...where, details: { rule: 'approval', changes: 3 } }),
    anEntry({ action: 'task.ended', ...where }),
    anEntry({
      action: 'access.refused',
      actor: 'dave@example.com',
      result: 'refused',
      repo: 'payments-infra',
      reason: 'dave@example.com may not sync payments-infra: that needs the role operator',
    }),
  ];
  for (const [index, entry] of entries.entries()) {
    await store.audit.append({
      ...entry,
      at: new Date(Date.now() - (entries.length - index) * 720_000).toISOString(),
    });
  }
}

/** What happened to one stack: an apply that went through with its saved state, one that failed, one under way. */
export async function seedAttempts(
  { store }: Pick<UiServer, 'store'>,
  repo: string,
  key: string,
): Promise<void> {
  const stack = await store.stacks.get(repo, key);
  const job = stack?.jobId ? await store.jobs.get(stack.jobId) : undefined;
  const base = {
    kind: 'apply' as const,
    repo,
    stackKey: key,
    taskId: job?.taskId ?? '',
    jobId: job?.id ?? '',
    digest: aDigest(key),
    commit: stack?.commit ?? '',
    rule: 'policy' as const,
    approvalId: null,
    worker: { host: 'worker-1', pid: 4_217, startedAt: '', bootId: 'b', pidNamespace: 'n' },
    outputPath: null,
  };
  const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const first = await store.attempts.begin({ ...base, id: `${key} 1`, startedAt: at(190) }, {});
  await store.attempts.setBackup(first.id, first.fence, {
    id: 'backup-41',
    repo,
    stackKey: key,
    jobId: base.jobId,
    attemptId: first.id,
    content: 'hmac-sha256:00',
    lineage: '8f1c0f52-7a6e-4b1e-9d5c-2f6f0f1a4c11',
    serial: 41,
    commit: base.commit,
    createdAt: at(190),
  });
  await store.attempts.end(
    first.id,
    { status: 'applied', summary: '3 changes applied and verified.', error: null },
    at(188),
  );
  const second = await store.attempts.begin({ ...base, id: `${key} 2`, startedAt: at(95) }, {});
  await store.attempts.end(
    second.id,
    {
      status: 'failed',
      summary: 'Nothing was changed.',
      error: { code: 'state_locked', message: 'deploy@ci-runner-07 holds the state lock since 09:12.' },
    },
    at(94),
  );
  await store.attempts.begin({ ...base, id: `${key} 3`, startedAt: at(1) }, {});
}
