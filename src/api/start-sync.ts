import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { emergencyText } from '../domain/approvals/decision-text.ts';
import { vouchFor } from '../domain/approvals/starter-voucher.ts';
import { keyOfUnknown, stackKey, taskId } from '../domain/ids.ts';
import { isReservedTrigger } from '../domain/asked-for.ts';
import type { Task } from '../domain/task.ts';
import type { RepoRequest, SyncKind } from '../workflows/inputs.ts';
import { audit, clientOf } from './audit-log.ts';
import type { ApiDeps } from './deps.ts';
import { RequestError } from './problem.ts';
import type { SyncRequestJson } from './schemas/sync.ts';

/** What somebody wants done to one repo. */
export interface WantedSync {
  kind: SyncKind;
  repo: string;
  /** One name of each environment; none: all stacks, or those that the body names. */
  environments: readonly string[];
  body: NonNullable<SyncRequestJson>;
}

/** A request that the repo's workflow has taken. */
export interface StartedSync {
  task: Task;
  /** Whether another task of the repo runs first. */
  queued: boolean;
}

/** Makes task IDs that no two requests share, although they are made of the time. */
export function createTaskIds(): (repo: string, nowMs: number) => string {
  let last = 0;
  return (repo, nowMs) => {
    last = Math.max(nowMs, last + 1);
    return taskId(repo, last);
  };
}

/**
 * Hands a permitted request to the repo's workflow and makes its task visible. A busy repo keeps the request: nothing is
 * refused for that, and nothing is lost.
 * @throws RequestError 503, PlumblineError `temporal_unavailable`: nothing was started
 */
export async function startSync(
  deps: ApiDeps,
  request: FastifyRequest,
  wanted: WantedSync,
  nextTaskId: ReturnType<typeof createTaskIds>,
): Promise<StartedSync> {
  const { kind, repo, body } = wanted;
  const stacks = await stackKeysOf(deps, repo, body.stacks ?? []);
  const now = deps.clock.now();
  const id = nextTaskId(repo, now.getTime());
  const message = requestOf(deps, request, wanted, { id, at: now.toISOString(), stacks });
  const busy = await deps.store.tasks.active(repo);
  // Written first: an emergency that leaves no record must not happen.
  await record(deps, request, wanted, message);
  if (message.emergency) {
    const { by, reason, environment, stacks: named } = message.emergency;
    deps.log.warn(
      { repo, taskId: id, by, reason, environment, stacks: named },
      'EMERGENCY: an apply without approvals was ordered',
    );
  }
  const run = await deps.temporal.request(repo, message);
  const task = await deps.store.tasks.queue({
    id,
    repo,
    kind,
    trigger: message.trigger ?? '',
    actor: message.actor ?? '',
    stackKey: stacks.length === 1 ? stacks[0]! : null,
    configVersion: deps.configVersion(),
    workflowId: run.workflowId,
    runId: run.runId,
    startedAt: now.toISOString(),
  });
  return { task, queued: busy !== undefined };
}

/** The request as the repo's workflow takes it. */
function requestOf(
  deps: ApiDeps,
  request: FastifyRequest,
  wanted: WantedSync,
  { id, at, stacks }: { id: string; at: string; stacks: string[] },
): RepoRequest {
  const { kind, repo, environments, body } = wanted;
  const starter = { trigger: triggerOf(request, body), actor: actorOf(request, body) };
  const { starterKey } = deps;
  return {
    kind,
    task_id: id,
    ...starter,
    ...(starterKey
      ? { voucher: vouchFor(starterKey, { ...starter, repo, kind }, { id: randomUUID(), at }) }
      : {}),
    ...(stacks.length > 0 ? { stacks } : {}),
    ...(environments.length === 1 ? { environment: environments[0]! } : {}),
    ...(environments.length > 1 ? { environments: [...environments] } : {}),
    ...given('commit', body.commit),
    ...given('reason', body.reason),
    ...given('to_commit', body.to_commit),
    ...given('to_backup', body.to_backup),
    ...(body.dry_run ? { dry_run: true } : {}),
    ...(body.auto_approve_safe ? { auto_approve_safe: true } : {}),
    ...emergencyOf(deps, request, wanted, { id, at, stacks }),
  };
}

/** Keys of stacks that were named by key or path. One that is not known yet may be new in Git. */
export async function stackKeysOf(deps: ApiDeps, repo: string, asked: readonly string[]): Promise<string[]> {
  const keys = await Promise.all(
    asked.map(async (name) => {
      for (const key of [name, stackKey(name)]) if (await deps.store.stacks.get(repo, key)) return key;
      return keyOfUnknown(name);
    }),
  );
  return [...new Set(keys)];
}

/** Only programs say that a push, a schedule or the like has asked: a person is named by the door they came through. */
function triggerOf(request: FastifyRequest, { trigger }: WantedSync['body']): string {
  if (!trigger) return clientOf(request);
  const believed = request.person.kind === 'machine' || !isReservedTrigger(trigger);
  return believed ? trigger : clientOf(request);
}

/** A person stands for themself, so that nobody approves what they started; a machine may say for whom it asks. */
function actorOf({ person }: FastifyRequest, body: WantedSync['body']): string {
  return person.kind === 'machine' && body.actor ? body.actor : person.id;
}

function emergencyOf(
  deps: ApiDeps,
  { person }: FastifyRequest,
  { repo, environments: [environment], body }: WantedSync,
  { id, at, stacks }: { id: string; at: string; stacks: string[] },
): Pick<RepoRequest, 'emergency'> {
  const reason = body.emergency_reason;
  if (!reason) return {};
  if (!deps.signingKey) {
    throw new RequestError(
      503,
      'signing_key_missing',
      'This server has no key to sign an emergency apply with (keys/decisions.key under data_dir)',
    );
  }
  const said = {
    by: person.id,
    reason,
    at,
    ...(environment === undefined ? {} : { environment }),
    ...(stacks.length === 0 ? {} : { stacks }),
  };
  return {
    emergency: { ...said, signature: deps.signingKey.sign(emergencyText({ ...said, repo, taskId: id })) },
  };
}

async function record(
  deps: ApiDeps,
  request: FastifyRequest,
  { kind, repo, environments, body }: WantedSync,
  message: RepoRequest,
): Promise<void> {
  await audit(deps, request, {
    action: 'task.requested',
    result: 'ok',
    repo,
    environment: environments.length === 1 ? environments[0]! : null,
    taskId: message.task_id ?? null,
    stackKey: message.stacks?.length === 1 ? message.stacks[0]! : null,
    commit: message.commit ?? message.to_commit ?? null,
    reason: body.emergency_reason || body.reason || '',
    details: {
      kind,
      trigger: message.trigger ?? '',
      ...(message.actor === request.person.id ? {} : { for: message.actor ?? '' }),
      ...(message.environments ? { environments: message.environments } : {}),
      ...(message.dry_run ? { dry_run: true } : {}),
      ...(message.auto_approve_safe ? { auto_approve_safe: true } : {}),
      ...(message.to_backup ? { to_backup: message.to_backup } : {}),
      ...(message.emergency ? { emergency: true } : {}),
    },
  });
}

function given<K extends string>(key: K, value: string | null | undefined): Partial<Record<K, string>> {
  return value ? ({ [key]: value } as Record<K, string>) : {};
}
