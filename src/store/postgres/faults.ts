import { PlumblineError } from '../../util/errors.ts';
import type { Faults } from '../database.ts';
import type { PostgresTarget } from './postgres-url.ts';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
/** The server is going down, starting up or was restarted; and all of class 08. */
const DISCONNECTED = new Set(['57P01', '57P02', '57P03', '57P05']);
const SYSTEM_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
/** pg gives these no code, only a text. */
const BROKEN_CONNECTION = /connection terminated|timeout exceeded when trying to connect|not queryable/i;

const ADVICE: Record<string, string> = {
  '28P01': 'the password is wrong',
  '28000': 'this user may not log in',
  '3D000': 'the database does not exist: create it first',
  '42501': 'the user lacks a privilege: make it the owner of the database',
  '53100': 'the disk of the server is full',
  '53300': 'the server has too many connections',
  '57014': 'a query took longer than a minute and was stopped',
};

/** How errors of PostgreSQL are taken and told. The password never stands in them. */
export function postgresFaults(target: PostgresTarget): Faults {
  return {
    classify(error) {
      const code = codeOf(error);
      if (code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED) return 'conflict';
      return isDisconnect(error, code) ? 'disconnected' : 'other';
    },
    describe(error) {
      const code = codeOf(error);
      const disconnected = isDisconnect(error, code);
      const text = withoutSecrets(messageOf(error), target.secrets);
      const advice = ADVICE[code];
      return new PlumblineError(
        disconnected || code.startsWith('28') || code === '3D000' ? 'store_unreachable' : 'store_failed',
        `The store at ${target.name} ${disconnected ? "can't be reached" : 'failed'}: ` +
          `${advice ? `${advice} (${text})` : text}.`,
        { cause: cleanCause(error, target.secrets), retryable: disconnected, details: code ? { code } : {} },
      );
    },
  };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function isDisconnect(error: unknown, code: string): boolean {
  if (code.startsWith('08') || DISCONNECTED.has(code) || SYSTEM_ERRORS.has(code)) return true;
  return code === '' && error instanceof Error && BROKEN_CONNECTION.test(error.message);
}

function messageOf(error: unknown): string {
  // A host with several addresses fails with one error for each of them.
  if (error instanceof AggregateError) return error.errors.map((inner) => messageOf(inner)).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '(hidden)'), text);
}

/** A new error: pg's own carries the connection's parameters in places. */
function cleanCause(error: unknown, secrets: readonly string[]): Error {
  const cause = new Error(withoutSecrets(messageOf(error), secrets));
  if (error instanceof Error && error.stack) cause.stack = withoutSecrets(error.stack, secrets);
  return cause;
}
