import type { Failure } from '../domain/task.ts';

interface FailureColumns {
  error_code: string | null;
  error_message: string | null;
}

/** A failure as two columns. */
export function failureColumns(failure: Failure | null): FailureColumns {
  if (!failure) return { error_code: null, error_message: null };
  return { error_code: storable(failure.code), error_message: storable(failure.message) };
}

/** The failure that two columns hold. */
export function failureOf(row: FailureColumns): Failure | null {
  return row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' };
}

/** Text without NUL characters: PostgreSQL refuses them, and tools do print them. */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}
