import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../../../util/errors.ts';
import { baseEnv } from '../../../util/exec-env.ts';
import type { RemoteChart } from '../stack-options.ts';
import { helmEnv } from './helm-env.ts';
import { runProgram, takeTool, type RenderSession } from './render-session.ts';

const FILE = 'chart.tgz';
const DIGEST_FILE = 'digest';
const ONE_VERSION = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;

/** A chart of a Helm repository or a registry, as it lies in the worker's cache. */
export interface PulledChart {
  /** Absolute path of its archive. */
  path: string;
  /** SHA-256 (hex) of the archive. */
  hash: string;
  /** What stands for it among a stack's sources. */
  source: string;
}

/**
 * Gets a chart from its Helm repository or registry, once for each version: what is in the cache is taken as it is. A range of
 * versions is looked up each time, and its chart kept in the scratch folder. Safe to call at once.
 * @throws PlumblineError `init_failed` when it can't be had, or is not the one of `chart.digest`; `tool_not_found`, and as `runProgram`
 */
export async function pullChart(session: RenderSession, chart: RemoteChart): Promise<PulledChart> {
  const { repo, name, version } = chart;
  if (!ONE_VERSION.test(version)) {
    const charts = join(session.context.scratchDir, 'helm-charts');
    await mkdir(charts, { recursive: true });
    const { file, content, path } = await fetchChart(session, chart, await mkdtemp(join(charts, 'range-')));
    return { path, hash: sha256(content), source: `${repo}/${file}` };
  }
  const source = isOci(chart) ? `${repo}/${name}:${version}` : `${repo}/${name}-${version}.tgz`;
  const charts = join(session.context.cacheDir, 'helm-charts');
  const folder = join(charts, sha256(source));
  const path = join(folder, FILE);
  const cached = await readFile(path).catch(() => undefined);
  const content = cached ?? (await fetchInto(session, chart, { charts, folder }));
  await checkDigest(session, chart, folder);
  return { path, hash: sha256(content), source };
}

async function fetchInto(
  session: RenderSession,
  chart: RemoteChart,
  { charts, folder }: { charts: string; folder: string },
): Promise<Buffer> {
  await mkdir(folder, { recursive: true });
  const unfinished = await mkdtemp(join(charts, 'unfinished-'));
  try {
    const { path, content, digest } = await fetchChart(session, chart, unfinished);
    const noted = join(unfinished, DIGEST_FILE);
    await writeFile(noted, digest);
    await rename(noted, join(folder, DIGEST_FILE));
    await rename(path, join(folder, FILE));
    return content;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Has helm put the chart's archive into an empty folder; helm itself checks the digests that a registry's manifest names. */
async function fetchChart(
  session: RenderSession,
  chart: RemoteChart,
  destination: string,
): Promise<{ file: string; path: string; content: Buffer; digest: string }> {
  const { repo, name, version } = chart;
  const { exitCode, stdout, stderr } = await runProgram(session, {
    tool: await takeTool(session, 'helm'),
    args: [
      'pull',
      ...(isOci(chart) ? [] : ['--repo', repo]),
      ...(version === '*' && isOci(chart) ? [] : ['--version', version]),
      ...(chart.plainHttp === true ? ['--plain-http'] : []),
      '--destination',
      destination,
      '--',
      isOci(chart) ? `${repo}/${name}` : name,
    ],
    step: 'helm pull',
    // Proxies and certificates of the machine, and no credentials.
    env: { ...baseEnv(session.context.baseEnv), ...(await helmEnv(session)) },
  });
  const [file] = exitCode === 0 ? (await readdir(destination)).filter((one) => one.endsWith('.tgz')) : [];
  if (file === undefined) throw notPulled(session, chart, stderr);
  const path = join(destination, file);
  const digest = /^Digest:\s*(sha256:[0-9a-f]{64})\s*$/m.exec(`${stdout}\n${stderr}`)?.[1] ?? '';
  return { file, path, content: await readFile(path), digest };
}

/** The digest that the registry gave when the chart was pulled is the one that the config wants. */
async function checkDigest(session: RenderSession, chart: RemoteChart, folder: string): Promise<void> {
  if (chart.digest === undefined) return;
  const digest = await readFile(join(folder, DIGEST_FILE), 'utf8').catch(() => '');
  if (digest === chart.digest) return;
  // The registry may have been put right since.
  await rm(folder, { recursive: true, force: true });
  throw notPulled(session, chart, `its digest is ${digest || 'not known'}, and ${chart.digest} is wanted`);
}

function isOci({ repo }: RemoteChart): boolean {
  return repo.startsWith('oci://');
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function notPulled(
  { context, redact }: RenderSession,
  { repo, name, version }: RemoteChart,
  why: string,
): PlumblineError {
  const said = redact(why.trim())
    .slice(-600)
    .replace(/^Error:\s*/, '');
  return new PlumblineError(
    'init_failed',
    `The chart ${name} ${version} of ${context.stack.key} can't be had from ${repo}: ${said || 'helm gave no reason'}`,
    { retryable: true, details: { chart: name, version, repo } },
  );
}
