import { join } from 'node:path';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type { ResolvedTool } from '../../driver.ts';
import { readKustomizeClosure, type KustomizeClosure } from './kustomize-closure.ts';
import { quietEnv, runProgram, takeTool, type RenderSession } from './render-session.ts';
import { sourceFault, type SourceFault } from './source-fault.ts';
import type { SourceReader } from './source-reader.ts';
import { toolFailure, toolWarnings, type Made } from './program-output.ts';

/** A kustomization to build. */
export interface KustomizationUse {
  /** Relative to the root. */
  folder: string;
  /** The folders that it is made of, where it is none of the repository; left out: the folder itself. */
  folders?: readonly string[];
  /** Absolute path of what is built; left out: the folder. */
  target?: string;
  allowRemoteBases: boolean;
}

/**
 * What `kustomize build` makes of a folder, as YAML. Before it runs, whatever it would fetch, run or inflate is refused; the
 * files that it reads are noted in the reader.
 * @throws PlumblineError `config_invalid` with file and line, `tool_not_found`, and as `runProgram`
 */
export async function buildKustomization(
  session: RenderSession,
  reader: SourceReader,
  use: KustomizationUse,
): Promise<Made> {
  const { folder, folders = [folder], allowRemoteBases } = use;
  const closures: KustomizeClosure[] = [];
  for (const each of folders) closures.push(await readKustomizeClosure(reader, each));
  const [refused, remote, charts] = (['refused', 'remote', 'charts'] as const).map((field) =>
    closures.flatMap((closure) => closure[field]),
  ) as [SourceFault[], SourceFault[], SourceFault[]];
  const [first, ...more] = allowRemoteBases ? refused : [...refused, ...remote, ...charts];
  if (first) throw sourceFault(first, ...more);
  const tool = await kustomizeTool(session);
  const args = [
    ...(tool.name === 'kubectl' ? ['kustomize'] : ['build']),
    use.target ?? join(session.context.workTree, folder),
  ];
  const { exitCode, stdout, stderr } = await runProgram(session, {
    tool,
    args:
      charts.length > 0
        ? [...args, '--enable-helm', '--helm-command', (await takeTool(session, 'helm')).path]
        : args,
    step: 'kustomize',
    // What is fetched may need this machine's proxies and keys; what is here needs nothing.
    env:
      remote.length + charts.length > 0
        ? { ...session.context.baseEnv, ...session.context.env }
        : quietEnv(session),
  });
  if (exitCode === 0) return { text: stdout, warnings: toolWarnings(session, stderr, folder) };
  const known = new Set(Object.keys(reader.sources));
  throw toolFailure(session, { tool: 'kustomize', stderr, folder, known });
}

/** kustomize itself where it is installed, else the one in kubectl. */
async function kustomizeTool(session: RenderSession): Promise<ResolvedTool> {
  try {
    return await takeTool(session, 'kustomize');
  } catch (error) {
    if (errorCode(error) !== 'tool_not_found') throw error;
  }
  try {
    return await takeTool(session, 'kubectl');
  } catch (error) {
    if (errorCode(error) !== 'tool_not_found') throw error;
    throw new PlumblineError(
      'tool_not_found',
      'kubectl, or kustomize, is needed to build kustomizations and was not found. Install one of them on PATH, or name it in toolchain.kubectl.path.',
      { cause: error },
    );
  }
}
