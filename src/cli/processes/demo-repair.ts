import { randomBytes, createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalJson } from '../../api/schemas/approval.ts';
import type { AuditVerificationJson } from '../../api/schemas/audit.ts';
import type { StackJson } from '../../api/schemas/repo.ts';
import type { RemediationJson, SyncAcceptedJson } from '../../api/schemas/sync.ts';
import type { Role } from '../../domain/person.ts';
import { errorCode, PlumblineError } from '../../util/errors.ts';
import { type ApiClient, createApiClient } from '../api-client.ts';
import { followTask } from '../follow-task.ts';
import type { Io } from '../io.ts';

/** From the last approval to a verified repair. */
const REPAIR_MS = 120_000;
const POLL_MS = 500;

/** Somebody who takes part in the demonstration. */
export interface DemoPerson {
  name: string;
  token: string;
}

/** One who asks for the repair, and two who approve it. */
export interface DemoPeople {
  author: DemoPerson;
  reviewers: readonly [DemoPerson, DemoPerson];
}

/** People with fresh tokens. */
export function demoPeople(): DemoPeople {
  const person = (name: string): DemoPerson => ({
    name,
    token: `demo_${randomBytes(12).toString('base64url')}`,
  });
  return {
    author: person('alice@example.com'),
    reviewers: [person('bob@example.com'), person('carol@example.com')],
  };
}

/** `auth` of the demonstration's config. */
export function demoAuth({ author, reviewers }: DemoPeople) {
  const token = (person: DemoPerson, role: Role) => ({
    name: person.name,
    hash: `sha256:${createHash('sha256').update(person.token).digest('hex')}`,
    role,
  });
  return { tokens: [token(author, 'admin'), ...reviewers.map((person) => token(person, 'approver'))] };
}

/** What is synced, and why. */
interface DemoSync {
  url: string;
  repo: string;
  stacks: readonly string[];
  reason: string;
}

/**
 * Repairs a stack's drift: a sync asks for two approvals, its author's own is refused, two others approve, it is applied and
 * verified, and the audit trail is checked.
 * @throws PlumblineError `demo_failed` when a step comes to something else
 */
export async function repairDrift(
  { stack, ...request }: Omit<DemoSync, 'stacks'> & { stack: string },
  people: DemoPeople,
  io: Io,
): Promise<void> {
  const author = createApiClient({ baseUrl: request.url, token: people.author.token });
  const at = approvalAt(request.repo, stack);
  const taskId = await askFor({ ...request, stacks: [stack] }, author, io);
  await showRemediation(author, taskId, io);
  const approval = await author.get<ApprovalJson>(at);
  io.out(`     waits for: ${approval.missing.join(', ')}`);
  await refusedOwn(author, at, approval, io);
  await approve(request.url, at, people, io);
  await untilInSync(author, request.repo, [stack]);
  io.out(`     applied and verified: ${stack} is in sync`);
  const audit = await author.get<AuditVerificationJson>('/api/audit/verify');
  expectThat(audit.ok, `the audit chain to be whole, not ${JSON.stringify(audit.faults)}`);
  io.out(`     audit: ${audit.records} records, the chain is whole`);
}

/** Syncs stacks, each approved by two people, and waits until they are in sync. */
export async function syncApproved(sync: DemoSync, people: DemoPeople, io: Io): Promise<void> {
  const author = createApiClient({ baseUrl: sync.url, token: people.author.token });
  await askFor(sync, author, io);
  for (const stack of sync.stacks) await approve(sync.url, approvalAt(sync.repo, stack), people);
  io.progress(`     applying ${sync.stacks.join(', ')}`);
  await untilInSync(author, sync.repo, sync.stacks);
  io.progressDone();
  io.out(`     approved by two, applied and verified: ${sync.stacks.join(', ')}`);
}

function approvalAt(repo: string, stack: string): string {
  return `/api/approvals/${repo}/${stack}`;
}

/** Asks for a sync, and follows it until it waits for people. */
async function askFor({ repo, stacks, reason }: DemoSync, author: ApiClient, io: Io): Promise<string> {
  const request = { stacks, reason, trigger: 'demo' };
  const { task } = await author.post<SyncAcceptedJson>(`/api/repos/${repo}/sync`, request);
  const waiting = await followTask(author, task.id, io);
  const why = waiting.error?.message ?? '';
  expectThat(
    waiting.status === 'awaiting_approval',
    `the sync of ${stacks.join(', ')} to wait for approval, not ${waiting.status} ${why}`,
  );
  return task.id;
}

/** Both reviewers approve; each is told of when there is somebody to tell. */
async function approve(url: string, at: string, people: DemoPeople, io?: Io): Promise<void> {
  for (const person of people.reviewers) {
    const client = createApiClient({ baseUrl: url, token: person.token });
    const { digest } = await client.get<ApprovalJson>(at);
    await client.post(`${at}/approve`, { digest, reason: 'looked at the plan' });
    io?.out(`     ${person.name} approves ${digest.slice(0, 22)}…`);
  }
}

async function showRemediation(client: ApiClient, taskId: string, io: Io): Promise<void> {
  const path = `/api/tasks/${encodeURIComponent(taskId)}/remediation`;
  const { steps } = await client.get<RemediationJson>(path);
  expectThat(steps.length > 0, 'a remediation plan with steps');
  for (const step of steps) {
    const changes = step.changes.map(({ address }) => address).join(', ');
    io.out(`     ${step.priority}: ${step.description} (${step.stack}: ${changes})`);
  }
}

async function refusedOwn(client: ApiClient, at: string, approval: ApprovalJson, io: Io): Promise<void> {
  const refused = await client.post(`${at}/approve`, { digest: approval.digest }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expectThat(errorCode(refused) === 'own_change', 'the own approval to be refused');
  io.out('     the one who asked for it approves, and is refused: nobody approves their own change');
}

async function untilInSync(client: ApiClient, repo: string, wanted: readonly string[]): Promise<void> {
  const deadline = performance.now() + REPAIR_MS;
  let left: string[] = [];
  while (performance.now() < deadline) {
    const { stacks } = await client.get<{ stacks: StackJson[] }>(`/api/repos/${repo}/stacks`);
    const status = new Map(stacks.map((stack) => [stack.key, stack.status]));
    left = wanted.flatMap((key) => (status.get(key) === 'in_sync' ? [] : [`${key} (${status.get(key)})`]));
    if (left.length === 0) return;
    await sleep(POLL_MS);
  }
  expectThat(false, `everything to be in sync, which is not: ${left.join(', ')}`);
}

/** A demonstration that can't fail shows nothing. */
export function expectThat(held: boolean, what: string): void {
  if (!held) throw new PlumblineError('demo_failed', `The demonstration expected ${what}.`);
}
