import { PlumblineError } from '../util/errors.ts';

/** One fault of a request. */
export interface RequestFault {
  /** Where: `body/commit`, `querystring/limit`. */
  path: string;
  message: string;
}

/** An answer of RFC 9457, with `code` for programs and `error` for clients written for driftd. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable: told apart by this, never by the text. */
  code: string;
  /** The path that was asked for. */
  instance: string;
  /** The same sentence as `detail`, under driftd's key. */
  error: string;
  faults?: RequestFault[];
}

/** The media type of problems. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Authentication needed',
  403: 'Refused',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  409: 'Conflict',
  413: 'Request too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
};

/** A failure of a request that its sender may read in full. */
export class RequestError extends PlumblineError {
  readonly status: number;
  readonly faults: RequestFault[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { faults?: RequestFault[]; cause?: unknown } = {},
  ) {
    super(code, message, { cause: options.cause, retryable: status === 503 || status === 429 });
    this.name = 'RequestError';
    this.status = status;
    this.faults = options.faults;
  }
}

/** Builds a problem; the type names the code, so that it can be looked up in the documentation. */
export function problem(input: {
  status: number;
  code: string;
  detail: string;
  instance: string;
  faults?: RequestFault[] | undefined;
}): Problem {
  return {
    type: `urn:plumbline:problem:${input.code}`,
    title: TITLES[input.status] ?? 'Error',
    status: input.status,
    detail: input.detail,
    code: input.code,
    instance: input.instance,
    error: input.detail,
    ...(input.faults ? { faults: input.faults } : {}),
  };
}
