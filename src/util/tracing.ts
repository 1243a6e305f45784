import type { Resource } from '@opentelemetry/resources';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** The process's tracing. */
export interface Tracing {
  resource: Resource;
  spanProcessor: SpanProcessor;
  /** Sends what is left. Safe to call again. */
  shutdown(): Promise<void>;
}

/**
 * Sends traces to an OTLP endpoint over HTTP. Once per process: it registers the process's tracer. Its packages are
 * loaded only here, since they cost memory that nobody wants to pay for without an endpoint.
 * @param options.endpoint base URL of the collector, e.g. `http://localhost:4318`
 */
export async function startTracing(options: {
  endpoint: string;
  serviceName: string;
  version: string;
}): Promise<Tracing> {
  const [{ NodeSDK }, { OTLPTraceExporter }, { resourceFromAttributes }, { BatchSpanProcessor }] =
    await Promise.all([
      import('@opentelemetry/sdk-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
    ]);
  const resource = resourceFromAttributes({
    'service.name': options.serviceName,
    'service.version': options.version,
  });
  const url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter({ url }));
  const sdk = new NodeSDK({ resource, spanProcessors: [spanProcessor], instrumentations: [] });
  sdk.start();
  return { resource, spanProcessor, shutdown: () => sdk.shutdown() };
}
