import type { Command } from 'commander';
import type { AttemptsJson, LockJson, LookedAtJson, ReleasedJson } from '../api/schemas/attempt.ts';
import { PlumblineError } from '../util/errors.ts';
import { type ApiClient, keyPath } from './api-client.ts';
import type { Io } from './io.ts';
import { type ListFormat, printList, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';

interface AttemptsOptions extends ServerOptions {
  repo?: string;
  stack?: string;
  task?: string;
  format: ListFormat;
}

interface UnlockOptions extends ServerOptions {
  yes?: boolean;
  reason: string;
  format: ListFormat;
}

/** `plumbline attempts` and `plumbline unlock <repo> <stack>`. */
export function registerAttempts(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('attempts')))
    .description('List what was tried to change, newest first')
    .option('--repo <name>', 'only this repository')
    .option('--stack <key>', 'only this stack')
    .option('--task <id>', 'only this task')
    .action((options: AttemptsOptions) => list(options, io));
  withFormat(withServerOptions(program.command('unlock')))
    .description("Show whose a stack's lock is; with --yes release what a dead worker has left")
    .argument('<repo>', 'repository name')
    .argument('<stack>', 'stack key, e.g. envs/prod')
    .option('--yes', 'release it')
    .option('--reason <text>', 'why: kept in the audit log', 'its worker is gone')
    .action((repo: string, stack: string, options: UnlockOptions) => unlock({ repo, stack }, options, io));
}

async function list(options: AttemptsOptions, io: Io): Promise<void> {
  const client = await clientFor(options, io);
  const query = new URLSearchParams({
    ...(options.repo ? { repo: options.repo } : {}),
    ...(options.stack ? { stack: options.stack } : {}),
    ...(options.task ? { task: options.task } : {}),
  });
  const found = await client.get<AttemptsJson>(`/api/attempts?${query}`);
  printList(io, options.format, {
    json: found,
    head: ['ATTEMPT', 'KIND', 'REPO', 'STACK', 'STATUS', 'RULE', 'COMMIT', 'STARTED', 'ENDED', 'SUMMARY'],
    rows: found.attempts.map((attempt) => [
      attempt.id,
      attempt.kind,
      attempt.repo,
      attempt.stack,
      attempt.status,
      attempt.rule,
      attempt.commit.slice(0, 12),
      attempt.started_at,
      attempt.ended_at ?? '-',
      attempt.summary || '-',
    ]),
    empty: 'Nothing was tried to change yet.',
  });
}

async function unlock(
  { repo, stack }: { repo: string; stack: string },
  options: UnlockOptions,
  io: Io,
): Promise<void> {
  const client = await clientFor(options, io);
  const path = `/api/locks/${encodeURIComponent(repo)}/${keyPath(stack)}`;
  const lock = await client.get<LockJson>(path);
  const state = await lookAtState(client, path);
  if (options.format === 'json' && !options.yes) return io.out(JSON.stringify({ ...lock, state }, null, 2));
  for (const line of [...leaseLines(lock), ...stateLines(lock, state)]) io.note(line);
  const mayState = 'releasable' in state && state.releasable;
  if (!options.yes) {
    if (lock.releasable || mayState)
      io.note('Release it with --yes. Make sure first that its worker is really gone.');
    return;
  }
  const body = {
    ...(lock.lease && lock.releasable ? { attempt_id: lock.lease.attempt_id } : {}),
    ...(mayState && state.state_lock ? { lock_id: state.state_lock.id } : {}),
    reason: options.reason,
  };
  const foreign = !mayState && 'why' in state && state.state_lock !== null;
  if (lock.lease && !lock.releasable) throw notReleased(lock.why);
  if (!body.attempt_id && !body.lock_id) {
    if (foreign) throw notReleased(state.why);
    return;
  }
  const released = await client.post<ReleasedJson>(`${path}/release`, body);
  if (options.format === 'json') return io.out(JSON.stringify(released, null, 2));
  io.note(`${released.message}.`);
}

function notReleased(why: string): PlumblineError {
  return new PlumblineError('lock_in_use', `${why.replace(/\.$/, '')}. Nothing was released.`);
}

/** The lock of the state as it is now, or why a worker could not look at it. */
async function lookAtState(client: ApiClient, path: string): Promise<LookedAtJson | { failed: string }> {
  try {
    return await client.post<LookedAtJson>(`${path}/look`);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return { failed: error.message };
  }
}

function leaseLines({ lease, attempt, why }: LockJson): string[] {
  if (!lease) return ['Nobody of Plumbline holds this stack.'];
  return [
    `Held by attempt ${lease.attempt_id} (${attempt?.status ?? 'unknown'}) since ${lease.taken_at}`,
    `  worker ${lease.worker}, started ${lease.worker_started_at}, last heard of at ${lease.renewed_at}`,
    `  ${why}`,
  ];
}

function stateLines(
  { state_lock: planned }: LockJson,
  state: Awaited<ReturnType<typeof lookAtState>>,
): string[] {
  if ('failed' in state) {
    const last = planned ? [`State lock ${planned.id}, as the last plan saw it: ${lockText(planned)}`] : [];
    return [`The lock of the state could not be looked at: ${state.failed}`, ...last];
  }
  if (!state.state_lock) return [state.why];
  return [`State lock ${state.state_lock.id}: ${lockText(state.state_lock)}`, `  ${state.why}`];
}

function lockText({ operation, who, created }: NonNullable<LockJson['state_lock']>): string {
  return `${operation} by ${who || 'nobody who is named'} since ${created || 'nobody knows when'}`;
}
