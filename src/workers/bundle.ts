import { mkdir, readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { writeFileAtomic } from '../util/atomic-write.ts';

/** Where the workflows that go into the bundle are: beside this file, compiled or not. */
function workflowsPath(): string {
  const here = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`../workflows/index${extname(here)}`, import.meta.url));
}

/**
 * Bundles the workflows into one file, the same for every worker of a release.
 * @throws Error naming the module when a workflow imports what can't run in its sandbox, such as a Node built-in
 */
export async function bundleWorkflows(outFile: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: silent });
  await mkdir(dirname(outFile), { recursive: true });
  await writeFileAtomic(outFile, code);
}

/** The bundle that the build made, or, in a source checkout without one, one made now. */
export async function loadWorkflowBundle(path: string | null): Promise<WorkflowBundleOption> {
  if (path !== null && (await readable(path))) return { codePath: path };
  return await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: silent });
}

async function readable(path: string): Promise<boolean> {
  return await readFile(path).then(
    () => true,
    () => false,
  );
}

/** The bundler's own words are of no use: what fails is thrown. */
const silent = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
