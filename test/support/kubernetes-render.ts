import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ToolResolver } from '../../src/drivers/driver.ts';
import type { Rendered } from '../../src/drivers/kubernetes/rendered.ts';
import { render, type RenderContext, type RenderHow } from '../../src/drivers/kubernetes/render/index.ts';
import { optionsOfStack, readKubernetesOptions } from '../../src/drivers/kubernetes/stack-options.ts';
import { findOnPath } from '../../src/toolchain/installed.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { aStack, type Bench } from './terraform.ts';
import { testToolchain } from './tools.ts';

const run = promisify(execFile);

/** Programs as the toolchain has them; kubectl from PATH, and no kustomize. */
const tools: ToolResolver = async (name, constraint, options) => {
  if (name === 'kustomize') throw new PlumblineError('tool_not_found', 'kustomize is not there.');
  if (name !== 'kubectl') return await testToolchain().resolve(name, constraint, options);
  const [path] = await findOnPath('kubectl', process.env['PATH']);
  if (path === undefined) throw new Error('kubectl is needed on PATH.');
  const { stdout } = await run(path, ['version', '--client', '-o', 'json']);
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { gitVersion: string } };
  return { name, path, version: clientVersion.gitVersion.replace(/^v/, ''), source: 'path' };
};

/** How a stack of a bench is rendered. */
export interface RenderIn extends Partial<RenderHow> {
  /** What stands under `drivers.kubernetes.stacks` of the stack's folder. */
  stack?: Record<string, unknown>;
  context?: Partial<RenderContext>;
}

/** Renders a stack of a bench as a plan would, with what is under test alone: no cluster. */
export async function renderIn(bench: Bench, path: string, given: RenderIn = {}): Promise<Rendered> {
  const { stack: entry, context, ...how } = given;
  const scratchDir = join(bench.root, 'scratch', randomUUID());
  await mkdir(scratchDir, { recursive: true });
  const stack = aStack('kubernetes', path);
  const options = readKubernetesOptions(entry === undefined ? {} : { stacks: [{ path, ...entry }] });
  try {
    return await render(
      {
        stack,
        workTree: bench.workTree,
        scratchDir,
        cacheDir: bench.cacheDir,
        baseEnv: toolEnv(process.env),
        env: {},
        timeoutMs: 120_000,
        graceMs: 5_000,
        tools,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onProcess: () => undefined,
        ...context,
      },
      { options: optionsOfStack(options, stack), allowRemoteBases: false, namespace: 'default', ...how },
    );
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** Names of what was rendered, as people address it. */
export function namesOf(rendered: Rendered): string[] {
  return rendered.objects.map(({ object }) => `${object.kind}/${object.metadata.name}`);
}

/** The error of a rendering that has to fail. */
export async function failureOf(rendering: Promise<Rendered>): Promise<PlumblineError> {
  const error = await rendering.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof PlumblineError)) throw new Error('It did not fail as it should.', { cause: error });
  return error;
}
