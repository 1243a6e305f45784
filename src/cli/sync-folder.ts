import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { JudgedLocally, LocalOutcome, LocalSync } from '../local/sync-local.ts';
import { changeLines } from './change-lines.ts';
import { EXIT } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import type { ListFormat } from './print.ts';
import { usageError } from './usage-error.ts';

/** A folder to sync without a server. */
export interface SyncedFolder {
  local: string;
  as?: string;
  config?: string;
  format: ListFormat;
  /** Delete what the folder no longer has. */
  prune?: boolean;
  /** Nobody is asked. */
  yes?: boolean;
  dryRun?: boolean;
}

/** Said whenever something is applied. */
const NO_AUDIT = 'There is no server: no audit log is written, only the notes on the objects themselves.';

/**
 * Plans a folder, shows what would change, asks, applies exactly that and says what became of it. Sets the exit code.
 * @throws PlumblineError `usage` where nobody can be asked, before anything is looked at
 */
export async function syncFolder(stack: string | undefined, folder: SyncedFolder, io: Io): Promise<void> {
  if (!folder.yes && !folder.dryRun && !process.stdin.isTTY)
    throw usageError(
      'Nothing was applied: this is no terminal, so that nobody can be asked. Add --yes to apply without being asked, or --dry-run to see the plan.',
    );
  const { planLocalSync } = await import('../local/sync-local.ts');
  const planned = await interruptible((signal) =>
    planLocalSync({
      dir: folder.local,
      stack,
      repo: folder.as,
      env: io.env,
      configFile: folder.config,
      prune: folder.prune === true,
      user: userInfo().username,
      onProgress: (line) => io.progress(line),
      signal,
    }),
  );
  io.progressDone();
  if ('interrupted' in planned)
    return interrupted(planned.interrupted, 'Interrupted: nothing was applied.', io);
  const sync = planned.result;
  showPlans(sync, folder, io);
  const chosen = sync.stacks.filter(({ verdict }) => verdict.status === 'apply');
  if (folder.dryRun || chosen.length === 0) return finish(undone(sync), folder, io);
  if (!folder.yes && !(await confirmed(chosen, io))) {
    io.note('Nothing was applied.');
    process.exitCode = EXIT.error;
    return;
  }
  io.note(NO_AUDIT);
  let outcomes: LocalOutcome[] = [];
  const applied = await interruptible(async (signal) => {
    outcomes = await sync.apply(signal, (line) => io.progress(line));
  });
  io.progressDone();
  finish(outcomes, folder, io);
  if ('interrupted' in applied)
    interrupted(applied.interrupted, 'Interrupted: see what had been written.', io);
}

function interrupted(code: number, text: string, io: Io): void {
  io.note(text);
  process.exitCode = code;
}

/** The plans are what is asked about: on a terminal they stand above the question. */
function showPlans({ repo, at, stacks, warnings }: LocalSync, { format }: SyncedFolder, io: Io): void {
  const say = format === 'json' ? (text: string) => io.note(text) : (text: string) => io.out(text);
  for (const warning of warnings) io.note(`warning: ${warning}`);
  for (const { key, changes, verdict } of stacks) {
    if (verdict.status === 'clean') continue;
    say(io.colors.bold(`${repo} ${key} as of ${at}`));
    for (const change of changes) for (const line of changeLines(shown(change), io.colors)) say(line);
    if (verdict.status === 'refused') say(io.colors.red(`! ${verdict.message}`));
  }
}

function shown(change: JudgedLocally['changes'][number]): Parameters<typeof changeLines>[0] {
  return { ...change, changed_by: [...(change.changedBy ?? [])] };
}

async function confirmed(chosen: readonly JudgedLocally[], io: Io): Promise<boolean> {
  const changes = chosen.reduce((sum, stack) => sum + stack.changes.length, 0);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const what = `${changes} ${changes === 1 ? 'change' : 'changes'} of ${chosen.map(({ key }) => key).join(', ')}`;
    io.note(NO_AUDIT);
    const stop = new AbortController();
    asking.once('close', () => stop.abort());
    const answer = await asking
      .question(`Apply ${what}? Type yes: `, { signal: stop.signal })
      .catch(() => '');
    return answer.trim() === 'yes';
  } finally {
    asking.close();
  }
}

/** What stands where nothing is applied: what would be is none of it. */
function undone({ stacks }: LocalSync): LocalOutcome[] {
  return stacks.flatMap(({ key, verdict }): LocalOutcome[] => {
    if (verdict.status === 'apply') return [];
    if (verdict.status === 'refused') return [{ key, ...verdict }];
    return [{ key, status: 'clean', code: null, message: 'Nothing differs.' }];
  });
}

function finish(outcomes: readonly LocalOutcome[], { format, dryRun }: SyncedFolder, io: Io): void {
  if (format === 'json') io.out(JSON.stringify({ stacks: outcomes }, null, 2));
  else
    for (const { key, status, message, changes } of outcomes) {
      io.out(`${key}  ${status}  ${message}`);
      for (const change of changes ?? [])
        for (const line of changeLines(shown(change), io.colors)) io.out(line);
    }
  if (outcomes.length === 0 && !dryRun) io.note('No stacks were found in this folder.');
  const isWell = ({ status }: LocalOutcome) => status === 'applied' || status === 'clean';
  if (!outcomes.every(isWell)) process.exitCode = EXIT.error;
}
