import { createServer } from 'node:http';
import type { Metrics } from '../../util/metrics.ts';
import type { Boot } from './boot.ts';
import { listening } from './listening.ts';

/** Serves a worker's own `/metrics`, where the config names an address for it. */
export async function startMetricsServer(boot: Boot, metrics: Pick<Metrics, 'registry'>): Promise<void> {
  const address = boot.settings.workerMetrics;
  if (address === null) return;
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      (error: unknown) => {
        boot.log.error({ err: error }, 'The metrics could not be read');
        response.writeHead(500).end();
      },
    );
  });
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(address.port, address.host, resolve);
    });
  await listening('telemetry.worker_metrics_addr', address, listen);
  boot.cleanup.add('metrics server', () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  boot.log.info({ listen: address }, 'Metrics are served');
}
