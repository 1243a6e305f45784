import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { loadWorkflowBundle } from '../../src/workers/bundle.ts';

/** Names the bundle of the present run to its test files, and to the programs that they start. */
const PATH = 'PLUMBLINE_TEST_BUNDLE';

/** The workflows as this run has bundled them; outside a run, bundled now. */
export async function testWorkflowBundle(): ReturnType<typeof loadWorkflowBundle> {
  return await loadWorkflowBundle(process.env[PATH] ?? null);
}

/** Bundles the workflows of the sources, once for all files and layers of a run; what it returns removes the bundle. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env[PATH] !== undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-bundle-'));
  const path = join(folder, 'workflow-bundle.js');
  const write = async () => {
    const bundle = await loadWorkflowBundle(null);
    if (!('code' in bundle)) throw new Error('Without a path the bundle comes as code.');
    await writeFile(path, bundle.code);
  };
  await write();
  project.onTestsRerun(write);
  process.env[PATH] = path;
  return async () => {
    delete process.env[PATH];
    await rm(folder, { recursive: true, force: true });
  };
}
