import { Command } from 'commander';
import { registerAttempts } from './attempts.ts';
import { registerAudit } from './audit.ts';
import { registerCancel } from './cancel.ts';
import { registerConfig } from './config.ts';
import { registerDecisions } from './decide.ts';
import { registerDiff } from './diff.ts';
import { registerGet } from './get-stacks.ts';
import { registerEnvironments, registerHolds } from './hold.ts';
import type { Io } from './io.ts';
import { registerLogs } from './logs.ts';
import { registerLint } from './lint.ts';
import { registerNew } from './new.ts';
import { registerDemo } from './processes/register-demo.ts';
import { registerProcesses } from './processes/register-processes.ts';
import { registerRollback } from './rollback.ts';
import { registerScan } from './scan.ts';
import { registerStatus } from './status.ts';
import { registerStoreCommands } from './processes/register-store.ts';
import { registerReconcile, registerSync } from './sync.ts';
import { registerTasks } from './tasks.ts';
import { registerToolchain } from './toolchain.ts';
import { registerTrace } from './trace.ts';
import { registerTree } from './tree.ts';
import { registerWhoami } from './whoami.ts';
import { packageVersion } from './version.ts';

/** The whole command line. Parsing throws CommanderError instead of ending the process. */
export function createProgram(io: Io): Command {
  const program = new Command('plumbline')
    .description('Keeps what is running true to what is in Git.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(add --help for the options of a command)')
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.note(text.trimEnd()) })
    .exitOverride();
  registerProcesses(program, io);
  registerScan(program, io);
  registerLint(program, io);
  registerNew(program, io);
  registerSync(program, io);
  registerReconcile(program, io);
  registerDecisions(program, io);
  registerRollback(program, io);
  registerHolds(program, io);
  registerEnvironments(program, io);
  registerAttempts(program, io);
  registerAudit(program, io);
  registerWhoami(program, io);
  registerStatus(program, io);
  registerGet(program, io);
  registerDiff(program, io);
  registerTree(program, io);
  registerTrace(program, io);
  registerLogs(program, io);
  registerTasks(program, io);
  registerCancel(program, io);
  registerConfig(program, io);
  registerToolchain(program, io);
  registerStoreCommands(program, io);
  registerDemo(program, io);
  return program;
}
