import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleFrom, bundleWorkflows, loadWorkflowBundle } from '../../src/workers/bundle.ts';

describe('the workflow bundle', () => {
  it('is written once plain and once with what traces workflows', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-bundle-'));
    try {
      const path = join(folder, 'workflow-bundle.js');
      await bundleWorkflows(path);
      expect(await readFile(path, 'utf8')).toContain('scanRepo');
      expect(await loadWorkflowBundle(path)).toEqual({ codePath: path });
      const traced = await loadWorkflowBundle(path, { traced: true });
      expect(traced).toEqual({ codePath: join(folder, 'workflow-bundle.traced.js') });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('can not be made of a workflow that imports a Node built-in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-bundle-'));
    try {
      const path = join(folder, 'workflows.js');
      await writeFile(
        path,
        "import fs from 'node:fs';\nexport async function bad() { return fs.existsSync('/'); }\n",
      );
      await expect(bundleFrom(path)).rejects.toMatchObject({
        code: 'workflow_bundle_failed',
        message: expect.stringContaining('fs'),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
