import { createRequire } from 'node:module';
import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import type { Tracing } from '../util/tracing.ts';

/** The module that the bundle of traced workflows needs beside the workflows. */
export function tracedWorkflowModule(): string {
  const { resolve } = createRequire(import.meta.url);
  return resolve('@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors');
}

/** The SDK's plugin for traces. Give one to the workers' options and one to a client outside of them: two on one double its spans. */
export async function createTracingPlugin({
  resource,
  spanProcessor,
}: Tracing): Promise<OpenTelemetryPlugin> {
  const { OpenTelemetryPlugin: Plugin } = await import('@temporalio/interceptors-opentelemetry-v2');
  return new Plugin({ resource, spanProcessor });
}
