import { isSettled } from '../domain/eligibility/verdict-result.ts';
import { roundsOf } from '../domain/order/environment-turns.ts';
import { entryName } from '../domain/repo-name.ts';
import type { ApiClient } from './api-client.ts';
import { describeError } from './describe-error.ts';
import { EXIT } from './exit-codes.ts';
import { type EndedSync, exitCodeOf, followSyncs, printSyncs } from './follow-syncs.ts';
import type { Io } from './io.ts';
import type { ListFormat } from './print.ts';
import { joinByRepo, type JoinedTarget, type StartedTask, startOn, type SyncTarget } from './sync-request.ts';

/** What `sync` and `reconcile` take about the tasks that they start. */
export interface RunOptions {
  format: ListFormat;
  dryRun?: boolean;
  verbose?: boolean;
  autoApproveSafe?: boolean;
  parallel?: boolean;
  toCommit?: string;
  commit?: string;
  stack?: string[];
  reason?: string;
  emergency?: string;
  wait?: boolean;
}

/**
 * Starts the tasks of what was named, one after the other or side by side, follows them where somebody has to see their ends, and
 * sets the exit code. One after the other, what failed keeps all others from starting. The branches of one repository are always
 * one after the other: one on which people decide, or that went wrong, keeps those of later environments from starting.
 */
export async function runSyncs(
  client: ApiClient,
  kind: 'sync' | 'reconcile' | 'rollback',
  named: readonly SyncTarget[],
  options: RunOptions,
  io: Io,
): Promise<void> {
  const rounds = await roundsFor(client, kind, named, options);
  // Who wants one after the other has to see the end of each.
  const wait = [options.wait, options.verbose, options.dryRun, rounds.length > 1].includes(true);
  const all: EndedSync[] = [];
  const halted = new Map<string, string>();
  let anyRefused = false;
  let anyLeft = false;
  for (const round of rounds) {
    const group = withoutHalted(round, halted, io);
    anyLeft ||= group.length < round.length;
    if (group.length === 0) continue;
    const { started, refused } = await startGroup(client, kind, group, bodyOf(options), io);
    anyRefused ||= refused;
    tellStarted(started, { ...options, wait }, io);
    if (!wait) continue;
    const followed = await followSyncs(client, started, io);
    all.push(...followed);
    if (!options.parallel && exitCodeOf(all) === EXIT.error) break;
    for (const repo of notDone(group, followed)) halted.set(entryName(repo), repo);
  }
  if (wait) printSyncs(all, { format: options.format, verbose: options.verbose === true }, io);
  const ended = exitCodeOf(all);
  const code = anyRefused || (anyLeft && ended === EXIT.ok) ? EXIT.error : ended;
  if (code !== EXIT.ok) process.exitCode = code;
}

type Target = SyncTarget | JoinedTarget;

async function roundsFor(
  client: ApiClient,
  kind: 'sync' | 'reconcile' | 'rollback',
  named: readonly SyncTarget[],
  options: RunOptions,
): Promise<Target[][]> {
  const parallel = options.parallel === true;
  const { emergency, stack, commit } = options;
  // The environments of a repository are one task, but each rollback and each emergency is one of its own.
  if (named.length < 2 || kind === 'rollback' || emergency || stack)
    return parallel ? [[...named]] : named.map((target) => [target]);
  return roundsOf(await joinByRepo(client, named, { commit }), parallel);
}

/** What may start by now; says of the others why they don't. */
function withoutHalted(round: readonly Target[], halted: ReadonlyMap<string, string>, io: Io): Target[] {
  return round.filter((target) => {
    if (target.type !== 'environments') return true;
    const before = halted.get(entryName(target.repo));
    if (before === undefined) return true;
    io.note(
      `${target.repo} (${target.names.join(', ')}) was not started: ${before}, which comes before it, is not done. Sync it when that is settled.`,
    );
    return false;
  });
}

function tellStarted(started: readonly StartedTask[], options: RunOptions, io: Io): void {
  if (options.emergency && started.length > 0) io.note(EMERGENCY);
  for (const { id, queued } of started) io.note(`${id}${queued ? ' (queued)' : ''}: plumbline tasks`);
  if (!options.wait && options.format === 'json') io.out(JSON.stringify({ tasks: started }, null, 2));
}

/** The repos of these tasks whose environments others must not overtake. */
function notDone(group: readonly Target[], followed: readonly EndedSync[]): string[] {
  return group.flatMap((target) =>
    target.type === 'environments' && !mayGoOn(target.repo, followed) ? [target.repo] : [],
  );
}

/** Whether later environments on other branches may follow. */
function mayGoOn(repo: string, ended: readonly EndedSync[]): boolean {
  const own = ended.filter(({ task }) => task.repo_name === repo);
  return (
    own.length > 0 &&
    own.every(({ task, verdicts }) => task.status === 'completed' && verdicts.every(isSettled))
  );
}

const EMERGENCY =
  'EMERGENCY: this is applied without approvals. It stands in the audit log and in every report, with your reason.';

function bodyOf(options: RunOptions): Parameters<typeof startOn>[3] {
  return {
    ...(options.commit ? { commit: options.commit } : {}),
    ...(options.stack ? { stacks: options.stack } : {}),
    ...(options.dryRun ? { dry_run: true } : {}),
    ...(options.autoApproveSafe ? { auto_approve_safe: true } : {}),
    ...(options.reason ? { reason: options.reason } : {}),
    ...(options.toCommit ? { to_commit: options.toCommit } : {}),
    ...(options.emergency ? { emergency_reason: options.emergency } : {}),
  };
}

/** One environment that is refused does not keep the others from being started. */
async function startGroup(
  client: ApiClient,
  kind: 'sync' | 'reconcile' | 'rollback',
  targets: readonly (SyncTarget | JoinedTarget)[],
  body: Parameters<typeof startOn>[3],
  io: Io,
): Promise<{ started: StartedTask[]; refused: boolean }> {
  const answers = await Promise.allSettled(targets.map((target) => startOn(client, target, kind, body)));
  const started = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failures = answers.flatMap((answer): unknown[] =>
    answer.status === 'rejected' ? [answer.reason] : [],
  );
  if (started.length === 0) throw failures[0];
  for (const failure of failures) io.note(describeError(failure, false).text);
  return { started, refused: failures.length > 0 };
}
