import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StackPlanJson } from '../../src/api/schemas/repo.ts';
import type { ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, type Site } from '../support/plumbline.ts';
import { startS3, type S3Server } from '../support/s3.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks } from '../support/stacks-repo.ts';

describe('artifacts in a bucket', () => {
  let site: Site;
  let s3: S3Server;
  let running: RunningShape;

  beforeAll(async () => {
    s3 = await startS3();
    site = await aSite({});
    await commitFiles(join(site.dir, 'repo'), manyStacks(1));
    const { endpoint, bucket, region, prefix, accessKeyId, secretAccessKey } = s3.settings;
    await site.configure({
      repos: [{ name: 'infra', url: join(site.dir, 'repo') }],
      artifacts: { s3: { endpoint, bucket, region, prefix } },
    });
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    running = await startShape(SHAPES[1], site, { env });
    const { json } = await call<ScanAcceptedJson>(site, 'POST', '/api/repos/infra/scan', {});
    await eventually(
      'the scan ends',
      async () => {
        const { json: task } = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
        return task.status === 'completed';
      },
      { log: running.log },
    );
  });

  afterAll(async () => {
    await running?.stop();
    await s3?.stop();
    await site?.remove();
  });

  /** What the bucket holds, by the name of the object. */
  async function objects(): Promise<{ name: string; content: Buffer }[]> {
    const root = s3.objectPath('');
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    return await Promise.all(files.map(async (name) => ({ name, content: await readFile(name) })));
  }

  it('are written there by the worker, encrypted where they can hold secrets, and nowhere else', async () => {
    const all = await objects();
    const encrypted = all.filter(({ name }) => name.endsWith('.enc'));
    const plain = all.filter(({ name }) => !name.endsWith('.enc'));
    // The raw JSON and the binary plan; the text and the masked JSON.
    expect([encrypted.length, plain.length]).toEqual([2, 2]);
    for (const { content } of encrypted) {
      expect(content.subarray(0, 4)).toEqual(Buffer.from('PLA\u0001'));
      expect(content.includes('stack 0')).toBe(false);
    }
    for (const { content } of plain) expect(content.includes('stack 0')).toBe(true);
    const kept = await readdir(site.dataDir);
    expect(kept).not.toContain('artifacts');
  });

  it('are shown by the server, which reads them from there', async () => {
    const { json } = await call<StackPlanJson>(site, 'GET', '/api/stacks/infra/stacks/s00/plan');
    expect(JSON.stringify(json)).toContain('+ resource \\"terraform_data\\" \\"this\\" {');
  });
});
