import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { PlumblineError } from '../util/errors.ts';
import { createRedactor } from '../util/redact.ts';
import { objectOf, objectsOf, textOf } from './fields.ts';
import { refusalOf, type Refusal } from './refusal.ts';

const LONGEST_MESSAGE = 2000;
const redactor = createRedactor();

/** What was asked of which cluster: the `where` of an error. Holds no secrets. */
export interface Asked {
  /** As the config calls it. */
  cluster: string;
  method: string;
  path: string;
  /** For people: an object's address, or the path. */
  what: string;
}

/** One fault that the API server found: in which field, and whose a field is that two managers want. */
export interface StatusCause {
  field: string;
  message: string;
  /** Of a server-side-apply conflict. */
  manager?: string;
}

/** The Status object of the API server, as far as it is read. */
export interface ServerStatus {
  code: number;
  reason: string;
  message: string;
  /** What the Status is about: not always what was asked for. */
  about: { group: string; kind: string; name: string };
  causes: StatusCause[];
  retryAfterSeconds: number | null;
}

/** Reads a Status; for an answer that is none, the HTTP status has to do. */
export function readStatus(httpStatus: number, body: JsonValue | undefined): ServerStatus {
  const status = isJsonObject(body) && body['kind'] === 'Status' ? body : {};
  const details = objectOf(status, 'details');
  const after = details['retryAfterSeconds'];
  return {
    code: httpStatus,
    reason: textOf(status, 'reason'),
    message: textOf(status, 'message'),
    about: {
      group: textOf(details, 'group'),
      kind: textOf(details, 'kind'),
      name: textOf(details, 'name'),
    },
    causes: objectsOf(details['causes']).map(causeOf),
    retryAfterSeconds: typeof after === 'number' && after > 0 ? after : null,
  };
}

/**
 * The error for an answer that is no success. Codes: `kube_unauthorized`, `kube_forbidden`, `kube_not_found`, `kube_exists`,
 * `kube_conflict`, `kube_invalid`, `kube_immutable`, `kube_refused`, `kube_quota`, `kube_throttled`, `kube_expired`,
 * `kube_timeout`, `kube_unreachable`, `kube_failed` (the server’s own failure). Details: `cluster`, `status`, `reason`,
 * `about` (a name, or nothing), `causes` and, where they are known, `by` (which webhook or policy refused).
 */
export function statusError(asked: Asked, status: ServerStatus): PlumblineError {
  const refusal = refusalOf(status, asked.method);
  return kubeError(asked, refusal, status.message === '' ? `HTTP status ${status.code}` : status.message, {
    status: status.code,
    reason: status.reason,
    about: status.about.name,
    causes: status.causes,
    ...(refusal.by === undefined ? {} : { by: refusal.by }),
  });
}

/** `kube_answer`: what came is no JSON, or not what was asked for. */
export function answerError(asked: Asked, status: number, text: string, cause?: unknown): PlumblineError {
  const start = text.trim().slice(0, 120);
  const refusal: Refusal = {
    code: 'kube_answer',
    retryable: status >= 500,
    hint: 'Is this the address of an API server, and is there a proxy before it?',
  };
  return kubeError(asked, refusal, `what came is no JSON: ${JSON.stringify(start)}`, { status }, cause);
}

/** `kube_unreachable`: no answer came. `sent`: whether the server may have got the request, and have done it. */
export function unreachableError(asked: Asked, cause: unknown, sent: boolean): PlumblineError {
  const refusal: Refusal = {
    code: 'kube_unreachable',
    retryable: true,
    hint: sent
      ? 'Whether it was done is not known; look before you repeat a change.'
      : 'Is the API server up, and can it be reached from here?',
  };
  return kubeError(asked, refusal, `it can't be reached (${networkReason(cause)})`, { sent }, cause);
}

/** `kube_timeout`: no answer came in time; whether it was done is not known. */
export function timeoutError(asked: Asked, timeoutMs: number): PlumblineError {
  const refusal: Refusal = {
    code: 'kube_timeout',
    retryable: true,
    hint: 'It is down, overloaded or far away; a longer timeout of the cluster helps where it is only slow.',
  };
  return kubeError(asked, refusal, `it did not answer within ${timeoutMs} ms`, { sent: true, timeoutMs });
}

/** Any other error of this folder about something that was asked for. */
function kubeError(
  asked: Asked,
  refusal: Refusal,
  said: string,
  details: Record<string, unknown>,
  cause?: unknown,
): PlumblineError {
  const text = redactor.redact(said.slice(0, LONGEST_MESSAGE)).replace(/[\s.:]+$/, '');
  return new PlumblineError(
    refusal.code,
    `Cluster ${asked.cluster}, ${asked.method} ${asked.what}: ${text}. ${refusal.hint}`,
    { retryable: refusal.retryable, details: { cluster: asked.cluster, ...details }, cause },
  );
}

/** `FieldManagerConflict` tells the manager in its message only: `conflict with "kubectl" using apps/v1`. */
function causeOf(cause: JsonObject): StatusCause {
  const message = textOf(cause, 'message');
  const manager = /^conflicts? with "((?:[^"\\]|\\.)*)"/.exec(message)?.[1];
  const known = textOf(cause, 'reason') === 'FieldManagerConflict' && manager !== undefined;
  return { field: textOf(cause, 'field'), message, ...(known ? { manager } : {}) };
}

/** Names of failures that Node and its TLS give, without anything that a message of theirs may hold besides. */
function networkReason(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return cause instanceof Error ? cause.name : 'no reason given';
}
