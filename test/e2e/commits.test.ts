import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StackJson } from '../../src/api/schemas/repo.ts';
import type { JobJson, ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { aSite, call, eventually, type Site } from '../support/plumbline.ts';
import { SHAPES, startShape, type RunningShape } from '../support/shapes.ts';
import { commitFiles, manyStacks } from '../support/stacks-repo.ts';

/** What driftd's clients send after an apply, beside the commit. */
const POST_APPLY = { trigger: 'post-apply', actor: 'ci' };

describe.each(SHAPES)('the commit of a scan request, with %s', (shape) => {
  let site: Site;
  let running: RunningShape;
  let first: string;
  let second: string;
  let newest: string;

  beforeAll(async () => {
    site = await aSite({});
    const repo = join(site.dir, 'repo');
    first = await commitFiles(repo, manyStacks(1));
    second = await commitFiles(repo, manyStacks(2), 'Add a second stack');
    newest = await commitFiles(repo, manyStacks(3), 'Add a third stack');
    await site.configure({ repos: [{ name: 'infra', url: repo }] });
    running = await startShape(shape, site);
  });

  afterAll(async () => {
    await running?.stop();
    await site?.remove();
  });

  async function scan(path: string, body: Record<string, unknown>): Promise<TaskJson> {
    const { status, json } = await call<ScanAcceptedJson>(site, 'POST', `/api/repos/infra${path}`, body);
    expect(status).toBe(200);
    const task = await eventually('the task ends', async () => {
      const found = await call<TaskJson>(site, 'GET', `/api/tasks/${json.task.id}`);
      return found.json.ended_at === null ? undefined : found.json;
    });
    return task;
  }

  async function commits(): Promise<Record<string, string | null>> {
    const { json } = await call<{ stacks: StackJson[] }>(site, 'GET', '/api/repos/infra/stacks');
    return Object.fromEntries(json.stacks.map(({ key, commit }) => [key, commit]));
  }

  it('selects the commit: an older one is scanned with the stacks that it has', async () => {
    const task = await scan('/scan', { ...POST_APPLY, commit: first });
    expect(task).toMatchObject({ ...POST_APPLY, status: 'completed', commit: first, total: 1 });
    const { json } = await call<{ jobs: JobJson[] }>(site, 'GET', `/api/tasks/${task.id}/jobs`);
    expect(json.jobs).toMatchObject([{ stack: 'stacks/s00', status: 'completed' }]);
    expect(await commits()).toEqual({ 'stacks/s00': first });
  });

  it('may be abbreviated, and is named in full', async () => {
    const task = await scan('/scan', { ...POST_APPLY, commit: second.slice(0, 8) });
    expect(task).toMatchObject({ status: 'completed', commit: second, total: 2 });
  });

  it('is the newest when the request names none', async () => {
    expect(await scan('/scan', {})).toMatchObject({ commit: newest, total: 3, trigger: 'manual' });
  });

  it('selects the commit of a single stack’s scan, and leaves the other stacks as they were', async () => {
    const task = await scan('/stacks/stacks/s01/scan', { ...POST_APPLY, commit: second });
    expect(task).toMatchObject({ status: 'completed', commit: second, total: 1, stack: 'stacks/s01' });
    expect(await commits()).toEqual({ 'stacks/s00': newest, 'stacks/s01': second, 'stacks/s02': newest });
  });

  it('fails the task, saying which commit is unknown, when the repository has none of that name', async () => {
    const unknown = 'c0ffee'.padEnd(40, '0');
    const task = await scan('/scan', { ...POST_APPLY, commit: unknown });
    expect(task).toMatchObject({ status: 'failed', total: 0, error: { code: 'commit_not_found' } });
    expect(task.error?.message).toContain(unknown.slice(0, 7));
    expect(await scan('/scan', {})).toMatchObject({ status: 'completed', commit: newest });
  });
});
