import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aSite,
  eventually,
  ready,
  runCli,
  startProcess,
  type PlumblineProcess,
  type Site,
} from '../support/plumbline.ts';
import { commitFiles, manyStacks } from '../support/stacks-repo.ts';

/** One span as OTLP over HTTP with JSON carries it. */
interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
}

/** `SPAN_KIND_SERVER` of OTLP. */
const SERVER_KIND = 2;

interface TraceRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Span[] }[];
  }[];
}

const plans = (trace: Span[]) => trace.filter(({ name }) => name === 'RunActivity:planStack');

/** The span's parents, from the nearest to the root. */
function parentsOf(span: Span | undefined, trace: Span[]): Span[] {
  const parent = trace.find(({ spanId }) => span?.parentSpanId === spanId);
  return parent === undefined ? [] : [parent, ...parentsOf(parent, trace)];
}

describe('telemetry', () => {
  let site: Site;
  let up: PlumblineProcess;
  let collector: Server;
  const spans: Span[] = [];
  const services = new Set<string | undefined>();

  beforeAll(async () => {
    collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (request.method !== 'POST' || request.url !== '/v1/traces') return response.writeHead(404).end();
        for (const { resource, scopeSpans } of (JSON.parse(body) as TraceRequest).resourceSpans) {
          services.add(resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue);
          spans.push(...scopeSpans.flatMap((scope) => scope.spans));
        }
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(2));
    await site.configure({ repos: [{ name: 'infra', url: join(site.dir, 'repo') }] });
    const { port } = collector.address() as AddressInfo;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    up = startProcess(['up', '--config', site.configFile], { env });
    await ready(site, up);
    const { code, stderr } = await runCli(['scan', 'infra', '--wait', '--server', site.url]);
    if (code !== 0) throw new Error(stderr);
  });

  afterAll(async () => {
    await up.stop();
    await new Promise((resolve) => collector.close(resolve));
    await site.remove();
  });

  it('sends the scan as one trace, from the request to each plan', async () => {
    const trace = await eventually('the spans arrive', async () => {
      const plan = spans.find(({ name }) => name.includes('planStack'));
      const same = spans.filter(({ traceId }) => traceId === plan?.traceId);
      // They come in several batches: the one with the last plan may be the later.
      const whole = same.some(({ name }) => name.includes('scanRepo')) && plans(same).length >= 2;
      return whole && same.some(({ kind }) => kind === SERVER_KIND) ? same : undefined;
    });
    expect(plans(trace)).toHaveLength(2);
    for (const plan of plans(trace)) {
      const parents = parentsOf(plan, trace);
      expect(parents.map(({ name }) => name)).toContain('RunWorkflow:scanRepo');
      expect(parents.at(-1)).toMatchObject({ name: 'POST /api/repos/:repo/scan', kind: SERVER_KIND });
    }
    expect(services).toEqual(new Set(['plumbline-up']));
  });

  it('puts a request that carries a trace into that trace', async () => {
    const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    await fetch(`${site.url}/api/repos/infra`, { headers: { traceparent: `00-${traceId}-${spanId}-01` } });
    const span = await eventually('the span arrives', async () =>
      spans.find((found) => found.traceId === traceId),
    );
    expect(span).toMatchObject({ name: 'GET /api/repos/:repo', parentSpanId: spanId, kind: SERVER_KIND });
  });

  it('serves what it counted, what the store knows, and the SDK’s own metrics', async () => {
    const text = await (await fetch(`${site.url}/metrics`)).text();
    expect(text).toContain('plumbline_tasks_total{repo="infra",status="completed"} 1');
    expect(text).toMatch(
      /plumbline_jobs_total\{repo="infra",kind="terraform",status="completed",outcome="pending"\} 2/,
    );
    expect(text).toContain('plumbline_pending_stacks{repo="infra"} 2');
    expect(text).toContain('plumbline_drifted_stacks{repo="infra"} 0');
    for (const name of [
      'plumbline_job_duration_seconds',
      'plumbline_job_queue_seconds',
      'plumbline_cache_total',
    ]) {
      expect(text).toContain(name);
    }
    expect(text).toContain('# TYPE gitops_drift_detected_total counter');
    expect(text).toMatch(/temporal_\w+/);
  });
});
