import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorCode } from '../../util/errors.ts';
import { problem, PROBLEM_TYPE, RequestError, type RequestFault } from '../problem.ts';

/** Answers every failure as a problem. What a person can't act on is logged, and only called internal. */
export function registerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new RequestError(404, 'not_found', 'Nothing is served under this path')),
  );
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    sendProblem(request, reply, toRequestError(error, request)),
  );
}

/**
 * Answers what Fastify refuses before any route is looked for, such as a path that is not validly encoded: hooks and the error
 * handler don't see it.
 */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return sendProblem(request, reply, toRequestError(error, request));
}

/** Sends a failure in the shape of RFC 9457. */
function sendProblem(request: FastifyRequest, reply: FastifyReply, error: RequestError): FastifyReply {
  const { status, code, message: detail, faults } = error;
  if (status === 503) reply.header('retry-after', '5');
  reply.header('cache-control', 'no-store');
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problem({ status, code, detail, faults, instance: pathOf(request) }));
}

/** The path that was asked for, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

/** What Fastify's own refusals are called here. */
const FASTIFY_CODES: Record<string, { status: number; code: string; message: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported_media_type',
    message: 'The body must be JSON: send it with "Content-Type: application/json", or send no body',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'body_too_large', message: 'The body is too large' },
  FST_ERR_CTP_INVALID_JSON_BODY: { status: 400, code: 'invalid_json', message: 'The body is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'invalid_body',
    message: 'The body is not as long as its Content-Length says',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'invalid_path', message: 'The path is not validly encoded' },
};

function toRequestError(error: FastifyError, request: FastifyRequest): RequestError {
  if (error instanceof RequestError) return error;
  if (error.validation) return validationError(error);
  const known = FASTIFY_CODES[error.code];
  if (known) return new RequestError(known.status, known.code, known.message, { cause: error });
  if (errorCode(error) === 'temporal_unavailable') {
    request.log.warn({ err: error }, 'temporal does not answer');
    return new RequestError(503, 'temporal_unavailable', error.message, { cause: error });
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return new RequestError(status, 'bad_request', error.message);
  request.log.error({ err: error, path: pathOf(request) }, 'request failed');
  return new RequestError(500, 'internal', 'Something went wrong inside Plumbline; its log says what');
}

function validationError(error: FastifyError): RequestError {
  const where = error.validationContext ?? 'request';
  const faults: RequestFault[] = (error.validation ?? []).map(({ instancePath, message }) => ({
    path: `${where}${instancePath === '/' ? '' : instancePath}`,
    message: message ?? 'is not valid',
  }));
  const detail = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new RequestError(400, 'invalid_request', detail, { faults });
}
