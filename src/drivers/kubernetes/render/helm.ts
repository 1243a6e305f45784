import { join, posix } from 'node:path';
import { isJsonObject } from '../../../domain/json.ts';
import { writeKubeJson } from '../../../kube/exact-numbers.ts';
import type { HelmOptions } from '../stack-options.ts';
import { helmEnv } from './helm-env.ts';
import { pullChart } from './helm-pull.ts';
import { runProgram, takeTool, type RenderSession } from './render-session.ts';
import type { Decryption } from './secrets.ts';
import { sourceFault } from './source-fault.ts';
import type { SourceReader } from './source-reader.ts';
import { toolFailure, toolWarnings, type Made } from './program-output.ts';
import { readYamlDocuments } from './yaml-documents.ts';

const NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const MAX_NAME = 63;

/** What of a chart's rendering the cluster and the stack decide. */
export interface ChartUse {
  /** The folder of the chart, or of the values files of one that is elsewhere; relative to the root. */
  folder: string;
  options: HelmOptions;
  release: string;
  namespace: string;
  /** Without them, Helm's own. */
  kubeVersion?: string;
  apiVersions?: readonly string[];
}

/**
 * What `helm template` makes of a chart, as YAML, hooks included. Of a chart of the repository nothing is fetched: what it depends
 * on has to be in its `charts/`.
 * @throws PlumblineError `config_invalid` with the file, `tool_not_found`, and as `runProgram` and the reader
 */
export async function templateChart(
  session: RenderSession,
  reader: SourceReader,
  decryption: Decryption,
  use: ChartUse,
): Promise<Made> {
  checkNames(use);
  const chart = await findChart(session, reader, use);
  const values = await valuesArguments(session, reader, decryption, use);
  const { exitCode, stdout, stderr } = await runProgram(session, {
    tool: await takeTool(session, 'helm'),
    args: chartArguments(chart, use, values.args),
    step: 'helm template',
    env: await helmEnv(session),
    ...(values.input === undefined ? {} : { input: values.input }),
  });
  if (exitCode === 0) return { text: stdout, warnings: toolWarnings(session, stderr, use.folder) };
  const known = new Set(Object.keys(reader.sources));
  throw toolFailure(session, { tool: 'helm', stderr, folder: use.folder, known });
}

function chartArguments(chart: string, use: ChartUse, values: readonly string[]): string[] {
  const { options } = use;
  const kubeVersion = options.kubeVersion ?? use.kubeVersion;
  const apiVersions = [...(use.apiVersions ?? []), ...options.apiVersions];
  return [
    'template',
    '--namespace',
    use.namespace,
    ...(options.includeCrds ? ['--include-crds'] : []),
    ...(kubeVersion === undefined ? [] : ['--kube-version', kubeVersion]),
    ...apiVersions.flatMap((version) => ['--api-versions', version]),
    ...values,
    ...(options.parameters ?? []).flatMap(({ name, value, isText }) => [
      isText ? '--set-string' : '--set',
      `${name}=${escaped(value)}`,
    ]),
    ...Object.entries(options.set).flatMap(([path, value]) => ['--set-string', `${path}=${escaped(value)}`]),
    '--',
    use.release,
    chart,
  ];
}

/**
 * Names of definitions are what a repository says: what is no name must never reach Helm, which would take it for an option.
 * @throws PlumblineError `config_invalid`
 */
export function checkNames({
  release,
  namespace,
  folder,
}: Pick<ChartUse, 'release' | 'namespace' | 'folder'>): void {
  const said = { release, namespace };
  for (const [what, name] of Object.entries(said)) {
    if (NAME.test(name) && name.length <= MAX_NAME) continue;
    throw sourceFault({
      file: folder,
      line: null,
      summary: `"${name}" is no name of a Helm ${what}`,
      detail: 'Names have lower-case letters, digits, "-" and ".", at most 63 of them.',
    });
  }
}

/** Commas, braces and backslashes mean something in --set. */
function escaped(value: string): string {
  return value.replaceAll(/[\\,{]/g, '\\$&');
}

/** Absolute path of the chart: in its folder, or its archive in the cache. */
async function findChart(session: RenderSession, reader: SourceReader, use: ChartUse): Promise<string> {
  const { folder, options } = use;
  if (options.chart === null) {
    await readChart(reader, folder);
    await checkDependencies(reader, folder);
    return join(session.context.workTree, folder);
  }
  const { path, hash, source } = await pullChart(session, options.chart);
  reader.note(source, hash);
  return path;
}

/** Notes all files of a chart, and refuses links that Helm would follow out of the repository. */
async function readChart(reader: SourceReader, folder: string): Promise<void> {
  for (const { name, kind } of (await reader.list(folder)) ?? []) {
    const path = posix.join(folder, name);
    if (kind === 'folder') await readChart(reader, path);
    else if (kind === 'file') await reader.read(path);
    else
      throw sourceFault({
        file: path,
        line: null,
        summary:
          kind === 'link' ? 'this links to a folder' : 'this link leads nowhere, or out of the repository',
        detail: 'Put the files themselves into the chart.',
      });
  }
}

async function checkDependencies(reader: SourceReader, folder: string): Promise<void> {
  const file = posix.join(folder, 'Chart.yaml');
  const content = await reader.read(file);
  const [document] = readYamlDocuments(content?.toString('utf8') ?? '');
  const value = document?.value;
  const dependencies = isJsonObject(value) ? value['dependencies'] : undefined;
  if (document === undefined || !Array.isArray(dependencies) || dependencies.length === 0) return;
  const vendored = new Set(((await reader.list(posix.join(folder, 'charts'))) ?? []).map(({ name }) => name));
  for (const [index, dependency] of dependencies.entries()) {
    const { name, repository } = isJsonObject(dependency) ? dependency : {};
    if (typeof name !== 'string') continue;
    const isLocal = typeof repository === 'string' && repository.startsWith('file://');
    if ([...vendored].some((entry) => entry === name || entry.startsWith(`${name}-`))) continue;
    throw sourceFault({
      file,
      line: document.at(['dependencies', index]).line,
      summary: `the chart ${name}, which this one depends on, is not in its charts/`,
      detail: `Run \`helm dependency build ${folder}\` and commit charts/${isLocal ? '' : ' (nothing is fetched while planning)'}.`,
    });
  }
}

/** `-f` for each values file in order; one that SOPS has encrypted goes by stdin, so that it is in no file. */
async function valuesArguments(
  session: RenderSession,
  reader: SourceReader,
  decryption: Decryption,
  { folder, options }: ChartUse,
): Promise<{ args: string[]; input?: string }> {
  const args: string[] = [];
  let input: string | undefined;
  for (const name of options.values) {
    const path = posix.join(folder, name);
    const content = /^[a-z]+:\/\//i.test(name) ? undefined : await reader.read(path);
    if (content === undefined && options.skipMissing === true) continue;
    if (content === undefined)
      throw sourceFault({
        file: path,
        line: null,
        summary: 'there is no such values file',
        detail: 'Correct helm.values of the stack in drivers.kubernetes.stacks.',
      });
    const plain = await decryption.file(path, content);
    if (plain !== undefined && input !== undefined)
      throw sourceFault({
        file: path,
        line: null,
        summary:
          'it is the second values file that is encrypted, and only one can be given to helm without a file',
        detail: 'Put what is secret into one of them.',
      });
    input = plain ?? input;
    args.push('-f', plain === undefined ? join(session.context.workTree, path) : '-');
  }
  if ((options.inline ?? null) === null) return input === undefined ? { args } : { args, input };
  if (input !== undefined)
    throw sourceFault({
      file: folder,
      line: null,
      summary:
        'a values file is encrypted, and values stand in the definition, too: only one can be given to helm without a file',
      detail:
        'Put what is secret into a Secret that the definition takes values from, or all values into the file.',
    });
  return { args: [...args, '-f', '-'], input: writeKubeJson(options.inline!) };
}
