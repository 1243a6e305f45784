import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { pathOf } from './errors.ts';

/**
 * Gives each request to the API a span, named by method and route, that all it starts belongs to: the workflow of a scan
 * is in the trace of its request. A caller's `traceparent` is the span's parent. Without a registered tracer nothing is recorded.
 */
export function registerRequestSpans(app: FastifyInstance): void {
  const tracer = trace.getTracer('plumbline-api');
  app.addHook('onRequest', (request, { raw }, done) => {
    const { method, routeOptions } = request;
    const { url: route } = routeOptions;
    if (route?.startsWith('/api/') !== true) return done();
    const caller = propagation.extract(context.active(), request.headers);
    const attributes = { 'http.request.method': method, 'http.route': route, 'url.path': pathOf(request) };
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, caller);
    // Not at the end of the answer: an event stream that its reader leaves has none.
    raw.once('close', () => {
      span.setAttribute('http.response.status_code', raw.statusCode);
      if (raw.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    // What runs after this hook, the handler among it, runs within the span.
    context.with(trace.setSpan(caller, span), done);
  });
}
