import type { Command } from 'commander';
import type { BackupsJson } from '../api/schemas/attempt.ts';
import { keyPath } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, followSyncs, printSyncs } from './follow-syncs.ts';
import type { Io } from './io.ts';
import { type ListFormat, printList, withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { startOn } from './sync-request.ts';
import { usageError } from './usage-error.ts';

interface RollbackOptions extends ServerOptions {
  toState?: string;
  toCommit?: string;
  reason?: string;
  wait?: boolean;
  format: ListFormat;
}

/** `plumbline rollback <repo> <stack>` and `plumbline backups <repo> <stack>`. */
export function registerRollback(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('rollback')))
    .description('Return a stack to a saved state, or to an earlier commit; then plan, and verify')
    .argument('<repo>', 'repository name')
    .argument('<stack>', 'stack key, e.g. envs/prod')
    .option('--to-state <backup>', 'the saved state (see plumbline backups)')
    .option('--to-commit <sha>', 'the commit')
    .option('--reason <text>', 'why: kept with the task and in the audit log')
    .option('--wait', 'follow to the end and print what became of it')
    .action((repo: string, stack: string, options: RollbackOptions) =>
      rollback({ repo, stack }, options, io),
    );
  withFormat(withServerOptions(program.command('backups')))
    .description("List a stack's saved states, newest first")
    .argument('<repo>', 'repository name')
    .argument('<stack>', 'stack key, e.g. envs/prod')
    .action((repo: string, stack: string, options: ServerOptions & { format: ListFormat }) =>
      backups({ repo, stack }, options, io),
    );
}

interface Where {
  repo: string;
  stack: string;
}

async function rollback({ repo, stack }: Where, options: RollbackOptions, io: Io): Promise<void> {
  if ((options.toState === undefined) === (options.toCommit === undefined)) {
    throw usageError('Say where to: --to-state BACKUP (see "plumbline backups") or --to-commit SHA.');
  }
  const client = await clientFor(options, io);
  const started = await startOn(client, { type: 'repo', name: repo }, 'rollback', {
    stacks: [stack],
    ...(options.toState ? { to_backup: options.toState } : {}),
    ...(options.toCommit ? { to_commit: options.toCommit } : {}),
    ...(options.reason ? { reason: options.reason } : {}),
  });
  for (const { id, queued } of started) io.note(`${id}${queued ? ' (queued)' : ''}: plumbline tasks`);
  if (!options.wait) {
    if (options.format === 'json') io.out(JSON.stringify({ tasks: started }, null, 2));
    return;
  }
  const ended = await followSyncs(client, started, io);
  printSyncs(ended, { format: options.format, verbose: false }, io);
  const code = exitCodeOf(ended);
  if (code !== EXIT.ok) process.exitCode = code;
}

async function backups(
  { repo, stack }: Where,
  options: ServerOptions & { format: ListFormat },
  io: Io,
): Promise<void> {
  const client = await clientFor(options, io);
  const path = `/api/repos/${encodeURIComponent(repo)}/stacks/${keyPath(stack)}/backups`;
  const list = await client.get<BackupsJson>(path);
  printList(io, options.format, {
    json: list,
    head: ['BACKUP', 'CREATED', 'COMMIT', 'SERIAL', 'LINEAGE', 'ATTEMPT'],
    rows: list.backups.map((backup) => [
      backup.id,
      backup.created_at,
      backup.commit.slice(0, 12),
      String(backup.serial),
      backup.lineage,
      backup.attempt_id ?? '-',
    ]),
    empty: 'No state of this stack is saved: one is saved before each apply.',
  });
}
