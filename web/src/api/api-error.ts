/**
 * An answer that is not a success, or no answer at all (`status` 0).
 * `body` is the parsed JSON of the answer, or null.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, message: string, body: unknown, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.body = body;
  }
}

/** Whether the server could not be reached, or is in trouble itself: trying again may help. */
export function isServerTrouble(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

/** Whether the answer asks for a token. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** Whether the thing that was asked for is not known to the server. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A sentence for people: the problem's `detail`, driftd's `error`, or the status line. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
