import { access, mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { PlumblineError } from '../util/errors.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { tracedWorkflowModule } from './tracing-plugin.ts';

/**
 * Bundles the workflows into one file, the same for every worker of a release, and beside it (`.traced.js`) with what
 * traces them. Safe to run again.
 * @throws PlumblineError `workflow_bundle_failed` when a workflow imports what can't run in its sandbox, such as a Node built-in
 */
export async function bundleWorkflows(outFile: string): Promise<void> {
  await mkdir(dirname(outFile), { recursive: true });
  for (const traced of [false, true]) {
    const { code } = await bundle(traced);
    await writeFileAtomic(traced ? tracedPath(outFile) : outFile, code, { mode: 0o644 });
  }
}

/** The bundle that the build made (`bundleWorkflows`), or, in a source checkout without one, one made now. */
export async function loadWorkflowBundle(
  path: string | null,
  { traced = false }: { traced?: boolean } = {},
): Promise<WorkflowBundleOption> {
  const codePath = path !== null && traced ? tracedPath(path) : path;
  if (codePath !== null && (await exists(codePath))) return { codePath };
  return await bundle(traced);
}

async function bundle(traced: boolean) {
  const here = fileURLToPath(import.meta.url);
  const workflows = (name: string) =>
    fileURLToPath(new URL(`../workflows/${name}${extname(here)}`, import.meta.url));
  return await bundleFrom(workflows('index'), [
    workflows('priority'),
    ...(traced ? [tracedWorkflowModule()] : []),
  ]);
}

/**
 * Bundles the workflows of a module.
 * @throws PlumblineError `workflow_bundle_failed` with what the bundler says, such as the built-in that is imported and where
 */
export async function bundleFrom(workflowsPath: string, workflowInterceptorModules: string[] = []) {
  const said: string[] = [];
  const quiet = () => undefined;
  const logger = {
    log: quiet,
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (message: string) => void said.push(message),
  };
  try {
    return await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger });
  } catch (cause) {
    const why = [cause instanceof Error ? cause.message : String(cause), ...said].join('\n');
    throw new PlumblineError('workflow_bundle_failed', `The workflows can not be bundled: ${why}`, { cause });
  }
}

function tracedPath(path: string): string {
  return path.replace(/\.js$/, '.traced.js');
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
