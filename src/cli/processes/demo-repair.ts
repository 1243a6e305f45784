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

const REPO = '/api/repos/demo-infra';
const STACK = 'envs/prod';
const APPROVAL = `/api/approvals/demo-infra/${STACK}`;
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

/**
 * Repairs production's drift: a sync asks for two approvals, its author's own is refused, two others approve, it is
 * applied and verified, and the audit trail is checked.
 * @throws PlumblineError `demo_failed` when a step comes to something else
 */
export async function repairDrift(url: string, people: DemoPeople, io: Io): Promise<void> {
  const as = (person: DemoPerson) => createApiClient({ baseUrl: url, token: person.token });
  const author = as(people.author);
  const request = { stacks: [STACK], reason: 'repair the firewall policy', trigger: 'demo' };
  const { task } = await author.post<SyncAcceptedJson>(`${REPO}/sync`, request);
  const waiting = await followTask(author, task.id, io);
  expectThat(waiting.status === 'awaiting_approval', `the sync to wait for approval, not ${waiting.status}`);
  await showRemediation(author, task.id, io);
  const approval = await author.get<ApprovalJson>(APPROVAL);
  io.out(`     waits for: ${approval.missing.join(', ')}`);
  await refusedOwn(author, approval, io);
  for (const person of people.reviewers) {
    await as(person).post(`${APPROVAL}/approve`, { digest: approval.digest, reason: 'looked at the plan' });
    io.out(`     ${person.name} approves ${approval.digest.slice(0, 22)}…`);
  }
  await untilInSync(author);
  io.out(`     applied and verified: ${STACK} is in sync`);
  const audit = await author.get<AuditVerificationJson>('/api/audit/verify');
  expectThat(audit.ok, `the audit chain to be whole, not ${JSON.stringify(audit.faults)}`);
  io.out(`     audit: ${audit.records} records, the chain is whole`);
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

async function refusedOwn(client: ApiClient, approval: ApprovalJson, io: Io): Promise<void> {
  const refused = await client.post(`${APPROVAL}/approve`, { digest: approval.digest }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expectThat(errorCode(refused) === 'own_change', 'the own approval to be refused');
  io.out('     the one who asked for it approves, and is refused: nobody approves their own change');
}

async function untilInSync(client: ApiClient): Promise<void> {
  const deadline = performance.now() + REPAIR_MS;
  let status = '';
  while (performance.now() < deadline) {
    const { stacks } = await client.get<{ stacks: StackJson[] }>(`${REPO}/stacks`);
    status = stacks.find(({ key }) => key === STACK)?.status ?? '';
    if (status === 'in_sync') return;
    await sleep(POLL_MS);
  }
  expectThat(false, `${STACK} to be in sync, not ${status}`);
}

/** A demonstration that can't fail shows nothing. */
function expectThat(held: boolean, what: string): void {
  if (!held) throw new PlumblineError('demo_failed', `The demonstration expected ${what}.`);
}
