/** An error with a stable code: told apart by the code, never by the text. */
export class PlumblineError extends Error {
  /** e.g. `config_invalid`, `tool_timeout`. Stable: other programs rely on it. */
  readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Facts for logs and API answers; never secrets. */
  readonly details: Record<string, unknown>;

  /** @param message what happened, where, and what to do */
  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; retryable?: boolean; details?: Record<string, unknown> } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'PlumblineError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}

/** The code of an error made by Plumbline, or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof PlumblineError ? error.code : undefined;
}
