import type { Command } from 'commander';
import type { AttemptsJson, LockJson, ReleasedJson } from '../api/schemas/attempt.ts';
import { PlumblineError } from '../util/errors.ts';
import { keyPath } from './api-client.ts';
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
  if (options.format === 'json' && !options.yes) return io.out(JSON.stringify(lock, null, 2));
  for (const line of ownerLines(lock)) io.note(line);
  if (!lock.lease || !options.yes) {
    if (lock.releasable) io.note('Release it with --yes. Make sure first that its worker is really gone.');
    return;
  }
  if (!lock.releasable) throw new PlumblineError('lock_in_use', `${lock.why}. Nothing was released.`);
  const body = { attempt_id: lock.lease.attempt_id, reason: options.reason };
  const released = await client.post<ReleasedJson>(`${path}/release`, body);
  if (options.format === 'json') return io.out(JSON.stringify(released, null, 2));
  io.note(`${released.message}.`);
}

function ownerLines({ lease, attempt, state_lock: tool, why }: LockJson): string[] {
  const lines = lease
    ? [
        `Held by attempt ${lease.attempt_id} (${attempt?.status ?? 'unknown'}) since ${lease.taken_at}`,
        `  worker ${lease.worker}, started ${lease.worker_started_at}, last heard of at ${lease.renewed_at}`,
        `  ${why}`,
      ]
    : ['Nobody of Plumbline holds this stack.'];
  if (tool) {
    lines.push(
      `State lock ${tool.id}, as the last plan saw it: ${tool.operation} by ${tool.who} since ${tool.created}`,
    );
  }
  return lines;
}
