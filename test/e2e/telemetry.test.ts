import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
import { providerMirror } from '../support/tools.ts';

const run = promisify(execFile);

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

/** A stack of production with two objects that live outside of Terraform. */
function driftingStack(dir: string): string {
  const object = (name: string) => `resource "jsonfile_object" "${name}" {
  path    = "${join(dir, `${name}.json`)}"
  content = { owner = "team" }
}
`;
  return `terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  backend "local" {
    path = "${join(dir, 'prod.tfstate')}"
  }
}
${object('gone')}${object('edited')}${object('steady')}`;
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
    const { cliConfigPath } = await providerMirror();
    const repo = join(site.dir, 'repo');
    await commitFiles(repo, { ...manyStacks(2), 'envs/prod/main.tf': driftingStack(site.dir) });
    await applyAndDamage(join(repo, 'envs/prod'), cliConfigPath);
    await site.configure({
      repos: [{ name: 'infra', url: repo }],
      severity: {
        rules: [
          { type: 'jsonfile_object', action: 'create', severity: 'critical' },
          { type: 'jsonfile_object', action: 'update', severity: 'low' },
        ],
      },
      scan: { env: { TF_CLI_CONFIG_FILE: cliConfigPath } },
    });
    const { port } = collector.address() as AddressInfo;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    up = startProcess(['up', '--config', site.configFile], { env });
    await ready(site, up);
    await scan();
  });

  /** Applies the stack, then one object is deleted and another edited by hand. */
  async function applyAndDamage(stack: string, cliConfigPath: string): Promise<void> {
    const env = { ...process.env, TF_CLI_CONFIG_FILE: cliConfigPath, TF_DATA_DIR: join(site.dir, 'tf') };
    await run('terraform', ['init', '-input=false'], { cwd: stack, env });
    await run('terraform', ['apply', '-auto-approve', '-input=false'], { cwd: stack, env });
    await rm(join(site.dir, 'gone.json'));
    const edited = join(site.dir, 'edited.json');
    const now = JSON.parse(await readFile(edited, 'utf8')) as object;
    await writeFile(edited, JSON.stringify({ ...now, owner: 'somebody' }));
  }

  const metrics = async () => await (await fetch(`${site.url}/metrics`)).text();
  /** The value of a series, whatever the order of its labels. */
  const valueOf = (text: string, name: string, labels: Record<string, string>): number | undefined => {
    const series = text.split('\n').filter((line) => line.startsWith(`${name}{`));
    const found = series.find((line) => {
      const has = Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`));
      return has && line.split('=').length - 1 === Object.keys(labels).length;
    });
    return found === undefined ? undefined : Number(found.split(' ').at(-1));
  };
  const scan = async () => {
    const { code, stderr } = await runCli(['scan', 'infra', '--wait', '--server', site.url]);
    if (code !== 0) throw new Error(stderr);
  };

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
      const whole = same.some(({ name }) => name.includes('scanRepo')) && plans(same).length >= 3;
      return whole && same.some(({ kind }) => kind === SERVER_KIND) ? same : undefined;
    });
    expect(plans(trace)).toHaveLength(3);
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
    const text = await metrics();
    const infra = { repo: 'infra' };
    const value = (name: string, labels: Record<string, string>) => valueOf(text, name, labels);
    const job = { ...infra, kind: 'terraform', status: 'completed' };
    expect(value('plumbline_tasks_total', { ...infra, status: 'completed' })).toBe(1);
    expect(value('plumbline_task_duration_seconds_count', { status: 'completed' })).toBe(1);
    expect(value('plumbline_task_duration_seconds_sum', { status: 'completed' })).toBeGreaterThan(0);
    expect(value('plumbline_jobs_total', { ...job, outcome: 'pending' })).toBe(2);
    expect(value('plumbline_jobs_total', { ...job, outcome: 'drifted' })).toBe(1);
    expect(value('plumbline_job_duration_seconds_count', { kind: 'terraform', status: 'completed' })).toBe(3);
    expect(value('plumbline_job_queue_seconds_count', infra)).toBe(3);
    expect(value('plumbline_cache_total', { cache: 'init', result: 'miss' })).toBe(3);
    expect(value('plumbline_pending_stacks', infra)).toBe(2);
    expect(value('plumbline_drifted_stacks', infra)).toBe(1);
    expect(value('plumbline_stacks', { ...infra, status: 'drifted' })).toBe(1);
    expect(value('plumbline_stack_severity', { ...infra, severity: 'critical' })).toBe(1);
    expect(value('plumbline_tasks_running', infra)).toBe(0);
    expect(value('plumbline_jobs', { status: 'pending' })).toBe(0);
    expect(value('plumbline_jobs', { status: 'running' })).toBe(0);
    expect(text).toMatch(/temporal_\w+/);
  });

  it('counts each drift once, under its own severity and its environment, however often it is scanned', async () => {
    const drift = (text: string, severity: string) =>
      valueOf(text, 'gitops_drift_detected_total', { repo: 'infra', environment: 'production', severity });
    const before = await metrics();
    expect([drift(before, 'critical'), drift(before, 'low')]).toEqual([1, 1]);
    await rm(join(site.dir, 'steady.json'));
    await scan();
    const after = await metrics();
    expect(valueOf(after, 'plumbline_tasks_total', { repo: 'infra', status: 'completed' })).toBe(2);
    expect([drift(after, 'critical'), drift(after, 'low')]).toEqual([2, 1]);
  });
});
