import { CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { printFaults } from '../config/print-faults.ts';
import { PlumblineError } from '../util/errors.ts';
import { EXIT } from './exit-codes.ts';

/**
 * What to print for an error and which exit code it means: a number, or an error code for `exitCodeFor`.
 * commander has printed its own messages already.
 */
export function describeError(
  error: unknown,
  debug: boolean,
): { text: string; code: string | number | undefined } {
  if (error instanceof CommanderError) {
    return { text: '', code: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  }
  if (error instanceof ConfigError) return { text: printFaults(error), code: error.code };
  if (error instanceof PlumblineError) {
    const cause = debug && error.cause ? `\ncaused by: ${stackOf(error.cause)}` : '';
    return { text: `plumbline: ${error.message}${cause}`, code: error.code };
  }
  return {
    text: `plumbline: unexpected error: ${debug ? stackOf(error) : messageOf(error)}\nSet LOG_LEVEL=debug for the details.`,
    code: undefined,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
