import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../../../util/errors.ts';
import { baseEnv } from '../../../util/exec-env.ts';
import type { RemoteChart } from '../stack-options.ts';
import { helmEnv } from './helm-env.ts';
import { runProgram, takeTool, type RenderSession } from './render-session.ts';

const FILE = 'chart.tgz';

/** A chart of a Helm repository, as it lies in the worker's cache. */
export interface PulledChart {
  /** Absolute path of its archive. */
  path: string;
  /** SHA-256 (hex) of the archive. */
  hash: string;
  /** What stands for it among a stack's sources. */
  source: string;
}

/**
 * Gets a chart from its Helm repository, once for each version: what is in the cache is taken as it is. Safe to call at once.
 * @throws PlumblineError `init_failed` when it can't be had, `tool_not_found`, and as `runProgram`
 */
export async function pullChart(session: RenderSession, chart: RemoteChart): Promise<PulledChart> {
  const { repo, name, version } = chart;
  const source = `${repo}/${name}-${version}.tgz`;
  const charts = join(session.context.cacheDir, 'helm-charts');
  const folder = join(charts, createHash('sha256').update(source).digest('hex'));
  const path = join(folder, FILE);
  const cached = await readFile(path).catch(() => undefined);
  const content = cached ?? (await fetchInto(session, chart, { charts, folder }));
  return { path, hash: createHash('sha256').update(content).digest('hex'), source };
}

async function fetchInto(
  session: RenderSession,
  { repo, name, version }: RemoteChart,
  { charts, folder }: { charts: string; folder: string },
): Promise<Buffer> {
  await mkdir(folder, { recursive: true });
  const unfinished = await mkdtemp(join(charts, 'unfinished-'));
  try {
    const { exitCode, stderr } = await runProgram(session, {
      tool: await takeTool(session, 'helm'),
      args: ['pull', name, '--repo', repo, '--version', version, '--destination', unfinished],
      step: 'helm pull',
      // Proxies and certificates of the machine, and no credentials.
      env: { ...baseEnv(session.context.baseEnv), ...(await helmEnv(session)) },
    });
    const pulled = join(unfinished, `${name}-${version}.tgz`);
    const content = exitCode === 0 ? await readFile(pulled).catch(() => undefined) : undefined;
    if (content === undefined) throw notPulled(session, { repo, name, version }, stderr);
    await rename(pulled, join(folder, FILE));
    return content;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function notPulled(
  { context, redact }: RenderSession,
  { repo, name, version }: RemoteChart,
  stderr: string,
): PlumblineError {
  const said = redact(stderr.trim())
    .slice(-600)
    .replace(/^Error:\s*/, '');
  return new PlumblineError(
    'init_failed',
    `The chart ${name} ${version} of ${context.stack.key} can't be had from ${repo}: ${said || 'helm gave no reason'}`,
    { retryable: true, details: { chart: name, version, repo } },
  );
}
