import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import { report } from './audit.ts';
import { scanTargets } from './drift-check.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { listOf } from './list-of.ts';
import { withFormat } from './print.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { runSyncs, type RunOptions } from './run-syncs.ts';
import { resolveTarget, type SyncTarget } from './sync-request.ts';
import { usageError } from './usage-error.ts';

/** Options of `plumbline sync` and `reconcile`. */
interface SyncOptions extends ServerOptions, RunOptions {
  driftCheckOnly?: boolean;
  environments?: string[];
  rollback?: boolean;
  auditMode?: boolean;
  compliance?: string;
  output?: string;
  exitCode?: boolean;
  local?: string;
  as?: string;
  prune?: boolean;
  yes?: boolean;
}

/** `plumbline sync [environment or repository]`: plans, asks for approval where the policy wants it, applies, verifies. */
export function registerSync(program: Command, io: Io): void {
  withStartOptions(program.command('sync'))
    .description('Bring an environment or a repository to what is in Git')
    .option('--drift-check-only', 'scan only: nothing is applied')
    .option('--auto-approve-safe', 'apply without people what the rule for safe changes lets through')
    .option('--commit <sha>', 'this commit instead of the newest')
    .option('--rollback', 'go back to the commit of --to-commit')
    .option('--to-commit <sha>', 'with --rollback: the commit to go back to')
    .option('--emergency <reason>', 'apply without approvals: for admins, and listed in every report')
    .option('--audit-mode', 'write a compliance report instead of syncing')
    .option('--compliance <names>', 'with --audit-mode: sox, soc2, pci, separated by commas')
    .option('--output <file>', 'with --audit-mode: where the report goes; standard output by default')
    .option('--exit-code', `with --drift-check-only: exit with ${EXIT.drift} when drift was found`)
    .option('--local <dir>', 'sync a folder of this machine, without a server; its one argument is a stack')
    .option('--as <repo>', 'with --local: the repository of the config that the folder is a checkout of')
    .option('--prune', 'with --local: delete what the folder no longer has')
    .option('--yes', 'with --local: apply without being asked')
    .action(async (target: string | undefined, options: SyncOptions) => {
      if (options.local !== undefined) return await syncHere(target, options.local, options, io);
      refuseWithoutFolder(options);
      if (options.auditMode) return await reportOn(target, options, io);
      refuseStrayOptions(options);
      const client = await clientFor(options, io);
      const targets = await targetsOf(client, target, options);
      if (options.driftCheckOnly) return await scanOnly(client, targets, options, io);
      await runSyncs(client, options.rollback ? 'rollback' : 'sync', targets, options, io);
    });
}

/** `plumbline reconcile [environment or repository]`: repairs drift, and rolls nothing new out. */
export function registerReconcile(program: Command, io: Io): void {
  withStartOptions(program.command('reconcile'))
    .description('Repair drift at the commits that the stacks were last synced to; newer commits wait')
    .action(async (target: string | undefined, options: SyncOptions) => {
      const client = await clientFor(options, io);
      await runSyncs(client, 'reconcile', await targetsOf(client, target, options), options, io);
    });
}

function withStartOptions(command: Command): Command {
  return withFormat(withServerOptions(command))
    .argument('[target]', 'environment (name or alias) or repository')
    .option(
      '--environments <names>',
      'several environments, separated by commas: one task per repository, dev before staging before production',
      listOf,
    )
    .option('--parallel', 'with --environments: all repositories at once instead of one after the other')
    .option('--stack <keys>', 'only these stacks, separated by commas', listOf)
    .option('--dry-run', 'plan and decide, apply nothing')
    .option('--reason <text>', 'why: kept with the task and in the audit log')
    .option('--verbose', 'every reason and every step')
    .option('--wait', 'follow to the end and print what became of each stack');
}

async function syncHere(
  stack: string | undefined,
  local: string,
  options: SyncOptions,
  io: Io,
): Promise<void> {
  const { dryRun: _, ...others } = CHANGING;
  refuseBeside(options, '--local', 'it syncs a folder as it stands, without a server', {
    ...others,
    server: '--server',
    driftCheckOnly: '--drift-check-only',
    environments: '--environments',
    parallel: '--parallel',
    stack: '--stack',
    toCommit: '--to-commit',
    auditMode: '--audit-mode',
    wait: '--wait',
    exitCode: '--exit-code',
  });
  const { syncFolder } = await import('./sync-folder.ts');
  await syncFolder(stack, { ...options, local }, io);
}

function refuseWithoutFolder({ as, prune, yes }: SyncOptions): void {
  const given = Object.entries({ '--as': as, '--prune': prune, '--yes': yes }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 0)
    throw usageError(`${given.map(([name]) => name).join(', ')} goes with --local: add --local DIR.`);
}

function refuseStrayOptions(options: SyncOptions): void {
  if (options.rollback && !options.toCommit) {
    throw usageError(
      '--rollback needs --to-commit. For a saved state: plumbline rollback REPO STACK --to-state BACKUP.',
    );
  }
  if (options.toCommit && !options.rollback) throw usageError('--to-commit goes with --rollback.');
  if (options.compliance || options.output) {
    throw usageError('--compliance and --output go with --audit-mode.');
  }
  if (options.exitCode && !options.driftCheckOnly)
    throw usageError('--exit-code goes with --drift-check-only.');
  if (options.driftCheckOnly)
    refuseBeside(options, '--drift-check-only', 'nothing is applied by it', CHANGING);
}

/** Options of what is applied, or of how. */
const CHANGING = {
  rollback: '--rollback',
  dryRun: '--dry-run',
  autoApproveSafe: '--auto-approve-safe',
  emergency: '--emergency',
  commit: '--commit',
  reason: '--reason',
} as const satisfies Partial<Record<keyof SyncOptions, string>>;

function refuseBeside(
  options: SyncOptions,
  flag: string,
  why: string,
  others: Partial<Record<keyof SyncOptions, string>>,
): void {
  const given = Object.entries(others).filter(([name]) => options[name as keyof SyncOptions] !== undefined);
  if (given.length === 0) return;
  throw usageError(`${given.map(([, name]) => name).join(', ')} can't go with ${flag}: ${why}.`);
}

/** A report on all there is, or on the environment or repository that is named. */
async function reportOn(target: string | undefined, options: SyncOptions, io: Io): Promise<void> {
  refuseBeside(options, '--audit-mode', 'it only writes a report', {
    ...CHANGING,
    driftCheckOnly: '--drift-check-only',
    environments: '--environments',
    stack: '--stack',
    toCommit: '--to-commit',
  });
  if (target === undefined) return await report(options, io);
  const { type, name } = await resolveTarget(await clientFor(options, io), target);
  await report({ ...options, [type === 'repo' ? 'repo' : 'environment']: name }, io);
}

/** @throws PlumblineError `usage` */
async function targetsOf(
  client: ApiClient,
  target: string | undefined,
  { environments }: SyncOptions,
): Promise<SyncTarget[]> {
  if (target !== undefined && environments) {
    throw usageError(`Name either "${target}" or --environments, not both.`);
  }
  const words = environments ?? (target === undefined ? [] : [target]);
  if (words.length === 0) throw usageError('Name an environment or a repository, or give --environments.');
  const targets: SyncTarget[] = [];
  for (const word of words) {
    const found = await resolveTarget(client, word);
    if (environments && found.type === 'repo') throw usageError(`"${word}" is a repository, no environment.`);
    targets.push(found);
  }
  return targets;
}

async function scanOnly(
  client: ApiClient,
  targets: readonly SyncTarget[],
  options: SyncOptions,
  io: Io,
): Promise<void> {
  const { format, stack: stacks } = options;
  const { failed, drifted } = await scanTargets(client, targets, { format, stacks }, io);
  if (failed) process.exitCode = EXIT.error;
  else if (options.exitCode && drifted) process.exitCode = EXIT.drift;
}
