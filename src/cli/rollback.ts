import { type Command, InvalidArgumentError } from 'commander';
import type { BackupsJson } from '../api/schemas/attempt.ts';
import type { SyncRequestJson } from '../api/schemas/sync.ts';
import { ROLLOUT_KINDS, type RolloutKind } from '../domain/rollout-target.ts';
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
  toTask?: string;
  toRevision?: number;
  deployment?: string;
  statefulset?: string;
  daemonset?: string;
  namespace?: string;
  reason?: string;
  wait?: boolean;
  format: ListFormat;
}

/** `plumbline rollback <repo> <stack>` and `plumbline backups <repo> <stack>`. */
export function registerRollback(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('rollback')))
    .description(
      'Return a stack to a saved state, to what a task left, or to an earlier commit, or one of its workloads to a revision',
    )
    .argument('<repo>', 'repository name')
    .argument('<stack>', 'stack key, e.g. envs/prod')
    .option('--to-state <backup>', 'the saved state (see plumbline backups)')
    .option('--to-commit <sha>', 'the commit')
    .option('--to-task <id>', 'what this task has left')
    .option(
      '--deployment <name>',
      'only this Deployment, to a revision that its cluster keeps; then Git, too',
    )
    .option('--statefulset <name>', 'the same of a StatefulSet')
    .option('--daemonset <name>', 'the same of a DaemonSet')
    .option('--to-revision <n>', 'its revision; by default the one before', positive)
    .option('-n, --namespace <name>', "its namespace; by default the stack's")
    .option('--reason <text>', 'why: kept with the task and in the audit log')
    .option('--wait', 'follow to the end and print what became of it; always so of a workload')
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
  const goal = goalOf(options);
  const client = await clientFor(options, io);
  const started = await startOn(client, { type: 'repo', name: repo }, 'rollback', {
    stacks: [stack],
    ...goal,
    ...(options.reason ? { reason: options.reason } : {}),
  });
  for (const { id, queued } of started) io.note(`${id}${queued ? ' (queued)' : ''}: plumbline tasks`);
  if (!options.wait && !goal.to_rollout) {
    if (options.format === 'json') io.out(JSON.stringify({ tasks: started }, null, 2));
    return;
  }
  const ended = await followSyncs(client, started, io);
  printSyncs(ended, { format: options.format, verbose: false }, io);
  const code = exitCodeOf(ended);
  if (code !== EXIT.ok) process.exitCode = code;
}

type Goal = Pick<NonNullable<SyncRequestJson>, 'to_backup' | 'to_commit' | 'to_task' | 'to_rollout'>;

/** @throws PlumblineError `usage` when not exactly one is named */
function goalOf(options: RollbackOptions): Goal {
  const { toState, toCommit, toTask, toRevision, namespace } = options;
  const workloads = ROLLOUT_KINDS.flatMap((kind) => {
    const name = options[WORKLOAD_OPTIONS[kind]];
    return name === undefined ? [] : [{ kind, name, namespace, revision: toRevision }];
  });
  const goals: Goal[] = [
    ...(toState === undefined ? [] : [{ to_backup: toState }]),
    ...(toCommit === undefined ? [] : [{ to_commit: toCommit }]),
    ...(toTask === undefined ? [] : [{ to_task: toTask }]),
    ...workloads.map((workload) => ({ to_rollout: workload })),
  ];
  const [goal] = goals;
  if (goal === undefined || goals.length > 1)
    throw usageError(
      'Say where to, in one way: --to-state BACKUP (see "plumbline backups"), --to-task ID, --to-commit SHA, or --deployment, --statefulset or --daemonset NAME.',
    );
  if (!goal.to_rollout && (toRevision !== undefined || namespace !== undefined))
    throw usageError('--to-revision and --namespace are about a workload: name it, e.g. with --deployment.');
  return goal;
}

const WORKLOAD_OPTIONS = {
  Deployment: 'deployment',
  StatefulSet: 'statefulset',
  DaemonSet: 'daemonset',
} as const satisfies Record<RolloutKind, keyof RollbackOptions>;

function positive(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
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
